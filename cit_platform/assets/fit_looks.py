"""Each fit on data that are no demonstration is noted in the run before its result is judged: for quality/looks."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import dagster as dg

from cit_platform.contracts import Table
from cit_platform.storage.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

DEMONSTRATION = "demo"
# Keys of the observation's metadata.
FITS, PROTOCOL = "fits", "protocol"


def noted_fits(table: Table, frame: "pd.DataFrame", provenance: Provenance) -> Iterator[dg.AssetObservation]:
    """An observation that names the specifications whose results are known from now on, whatever becomes of them.

    A study without specifications is named by its table.
    """
    if provenance.source == DEMONSTRATION or frame.empty:
        return
    from cit_platform.studies.protocol import protocol_hash

    named = {"model", "variant"} <= set(frame.columns)
    fits = sorted(set(frame["model"] + "/" + frame["variant"])) if named else [table.name]
    yield dg.AssetObservation(
        asset_key=dg.AssetKey(table.path.split("/")),
        metadata={FITS: json.dumps(fits), PROTOCOL: protocol_hash(), "snapshot": provenance.snapshot},
    )
