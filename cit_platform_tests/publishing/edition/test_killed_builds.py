"""A build killed at any touch of a file: what readers see is whole, and the next build goes on.

`CIT_KILLS=50` kills that often; the suite does it a few times.
"""

import multiprocessing
import os
import random
import re
import signal
import sys
from pathlib import Path
from xml.etree import ElementTree

from cit_platform.publishing.edition import EditionInputs, build_edition
from cit_platform.publishing.edition.index import ATOM
from cit_platform.storage.checksums import CHECKSUMS, edition_damage
from cit_platform.storage.editions import list_editions, unreadable_editions
from cit_platform_tests.publishing.conftest import Prepare

KILLS = int(os.environ.get("CIT_KILLS", "4"))
# What Python tells of before it happens.
TOUCHES = ("open", "os.rename", "os.link", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "os.truncate")
loaded = multiprocessing.get_context("forkserver")
loaded.set_forkserver_preload(["cit_platform.publishing.edition", "duckdb", "pandas", "pyarrow.parquet"])


def _build(home: Path, inputs: EditionInputs, last: int, counted: Path) -> None:
    """Build, and die at the touch of that number; without one, write how many there were."""
    touched = 0

    def touch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touched
        if event in TOUCHES and str(home) in str(arguments[0]):
            touched += 1
            if touched == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touch)
    build_edition(home, inputs)
    counted.write_text(str(touched))


def build(home: Path, inputs: EditionInputs, last: int, counted: Path) -> int:
    process = loaded.Process(target=_build, args=(home, inputs, last, counted))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def broken(home: Path) -> list[str]:
    """What a reader would find broken: latest, an edition, the index, the feed; nothing of a whole home."""
    published = home / "published"
    editions = {str(manifest["edition"]) for manifest in list_editions(home)}
    folders = [published / "editions" / name for name in editions]
    found = [f"{folder.name} is damaged" for folder in folders if edition_damage(folder)]
    found += [f"{folder.name} cannot be read" for folder in unreadable_editions(home)]
    if edition_damage(published / "latest"):
        found.append("latest is damaged")
    feed = ElementTree.parse(published / "editions" / "feed.xml")
    linked = {link.attrib["href"] for link in feed.iterfind(f".//{{{ATOM}}}entry/{{{ATOM}}}link")}
    linked |= set(re.findall(r'href="([^"]+/index\.html)"', (published / "editions" / "index.html").read_text()))
    found += [f"{link} is linked and not there" for link in linked if not (published / "editions" / link).is_file()]
    above = (published / "index.html").read_text()
    found += [] if above.rstrip().endswith("</html>") else ["the index above is cut"]
    # It lists no edition that is not there, and at most the newest is not listed yet.
    listed = {link.split("/")[0] for link in linked} & editions
    return found + (["editions are not listed"] if len(editions - listed) > 1 else [])


def test_readers_find_everything_whole_after_every_kill(prepare: Prepare, tmp_path: Path) -> None:
    home, counted = tmp_path / "home", tmp_path / "counted"
    home.mkdir()
    inputs = prepare(home)
    # The second reads the first, as every later one does the one before.
    for _ in range(2):
        assert build(home, inputs, 0, counted) == 0
    touches = int(counted.read_text())
    assert touches > 100
    assert broken(home) == []
    chance = random.Random(20_261_122)
    # Half of them at the end, where what readers see is switched.
    moments = [chance.randint(touches - 30, touches) if n % 2 else chance.randint(1, touches) for n in range(KILLS)]
    killed = 0
    for moment in moments:
        killed += build(home, inputs, moment, counted) == -signal.SIGKILL
        assert broken(home) == [], moment
    assert killed >= KILLS // 2
    last = build_edition(home, inputs)
    assert (home / "published" / "latest").resolve() == last.resolve()
    assert broken(home) == []
    left = [path.name for path in (home / "published" / "editions").iterdir() if path.name.startswith(".partial")]
    assert left == []
    (last / CHECKSUMS).unlink()
    assert broken(home) == [f"{last.name} is damaged", "latest is damaged"]
