"""Where a version of a table comes from, and the fingerprint that says whether it is current."""

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Fingerprint:
    """What a result depends on: the state of the source, the code with the codebook, the settings that change it."""

    source: str
    code: str
    settings: str

    def __str__(self) -> str:
        """The three parts as one text, as commits, manifests and tags hold it."""
        return f"{self.source}.{self.code}.{self.settings}"

    @classmethod
    def parse(cls, text: str) -> "Fingerprint | None":
        """Read what `str` wrote; None for the text of a version of the platform that wrote another one."""
        parts = text.split(".")
        return cls(*parts) if len(parts) == len(fields(cls)) else None


@dataclass(frozen=True)
class Provenance:
    """Where a version of a table comes from; stored with its commit.

    `content` is a hash of its rows, `engine` what computed them, `inputs` the hash of each table that it was computed
    from.

    `sequence` is the line of the archive's log under which the snapshot came; `accepted` names the changes that an
    operator let through with it. What another version of the platform did not record has its default, which is
    never current.
    """

    snapshot: str = ""
    source: str = ""
    location: str = ""
    retrieved_at: str = ""
    licence: str = ""
    as_of: date = date.min
    rows_received: int = 0
    templates_received: int = 0
    fingerprint: Fingerprint | None = None
    run_id: str = ""
    code_version: str = ""
    content: str = ""
    engine: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    checks: tuple[dict[str, Any], ...] = ()
    sequence: int = 0
    accepted: tuple[str, ...] = ()

    def to_metadata(self) -> dict[str, str]:
        """The custom metadata of a Delta commit."""
        record = {**asdict(self), "as_of": self.as_of.isoformat(), "fingerprint": str(self.fingerprint or "")}
        return {"cit": json.dumps(record)}

    @classmethod
    def from_metadata(cls, text: str) -> "Provenance":
        """Read what a commit says."""
        known = {part.name for part in fields(cls)}
        record = {name: value for name, value in json.loads(text).items() if name in known}
        if "as_of" in record:
            record["as_of"] = date.fromisoformat(record["as_of"])
        for name in {"checks", "accepted"} & record.keys():
            record[name] = tuple(record[name])
        return cls(**{**record, "fingerprint": Fingerprint.parse(record.get("fingerprint", ""))})
