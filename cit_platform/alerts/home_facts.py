"""What a home itself tells of its state, without Dagster."""

from datetime import UTC, datetime

from cit_platform.alerts.rules import Edition, Facts
from cit_platform.errors import UserError
from cit_platform.settings import Settings
from cit_platform.storage.editions import held_editions
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.run_lock import holder
from cit_platform.storage.source_looks import read_looks

# What is read of a check in a manifest.
CHECK = ("table", "name", "status", "message")


def home_facts(settings: Settings) -> Facts:
    """The looks at the source, the edition in force, the snapshots that came, and whether a run writes."""
    home = HomeFolder(settings.home)
    return Facts(
        today=settings.today(),
        now=datetime.now(UTC),
        looks=read_looks(home.path),
        edition=_edition(home),
        held=tuple((held["edition"], " ".join(held["volatile"]["held"])) for held in held_editions(home.path)[-1:]),
        snapshots=_snapshots(home),
        is_working=holder(home.path) is not None,
    )


def _edition(home: HomeFolder) -> Edition | None:
    try:
        manifest = read_manifest(home.latest)
        return Edition(
            name=manifest["edition"],
            snapshot=manifest["snapshot"],
            built_at=datetime.fromisoformat(manifest["volatile"]["built_at"]),
            checks=tuple({name: str(check[name]) for name in CHECK} for check in manifest["checks"]),
        )
    except (UserError, KeyError, ValueError, TypeError):
        return None


def _snapshots(home: HomeFolder) -> tuple[tuple[int, str], ...]:
    from cit_platform.storage.archive import Archive

    try:
        log = Archive(home.archive).log()
    except (UserError, OSError):
        return ()
    return tuple((retrieval.sequence, retrieval.content_hash) for retrieval in reversed(log))
