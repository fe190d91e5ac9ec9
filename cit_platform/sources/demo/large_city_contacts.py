"""The contacts of a large city with every column that studies read, beyond those that its known values are taken of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cit_platform.sources.demo.calibration import calibration, squads
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.incidents import MISSING, SECONDS_PER_DAY
from cit_platform.sources.demo.large_city import Chunk, event_second, modelling_rows
from cit_platform.sources.demo.officers import DAYS_PER_YEAR
from cit_platform.sources.demo.spelling import FIELD_TRAINING, FIELD_TRAINING_YEARS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def contact_rows(city: CityParameters, chunk: Chunk) -> pd.DataFrame:
    """The contacts of `modelling_rows` with the further columns of features/contacts, as text and numbers.

    Args:
        city: the city the chunk was drawn from.
        chunk: from `large_city`, or several as one by `whole`.

    Returns:
        One row per contact: the columns of `modelling_rows`, and `month, hour, cit_requested, cit_dispatched,
        cit_arrived, veteran, call_received, missing_call_fields, beat, officer_squad`.
    """
    import pandas as pd

    frame = modelling_rows(city, chunk, "contact")
    place, contacts, rates = frame["contact_id"].to_numpy(), chunk.contacts, calibration(city.coding)
    second, _ = event_second(contacts)
    call_fields = np.column_stack([contacts.call_source, contacts.call, contacts.final_call])
    received = np.array([*rates.vocabulary("call_type"), "unknown"], dtype=object)
    veteran = np.array(
        [{"Y": 1, "N": 0}.get(label) for label in rates.vocabulary("subject_veteran_indicator", "")], dtype=object
    )
    extra: dict[str, Any] = {
        "month": frame["reported_date"].to_numpy().astype("datetime64[M]").astype("datetime64[s]"),
        "hour": (second % SECONDS_PER_DAY // 3600)[place].astype(np.int32),
        **{
            f"cit_{name}": getattr(contacts, name)[place].astype(np.int32)
            for name in ("requested", "dispatched", "arrived")
        },
        "veteran": pd.array(veteran[contacts.veteran.clip(max=len(veteran) - 1)][place], dtype="Int32"),
        "call_received": received[contacts.call_source[place]],
        "missing_call_fields": (call_fields[place] == MISSING).sum(axis=1).astype(np.int32),
        "beat": [f"{sector} {beat}" for sector, beat in zip(contacts.sector[place], contacts.beat[place], strict=True)],
        "officer_squad": _squad(chunk)[place],
    }
    return frame.assign(**extra)


def _squad(chunk: Chunk) -> NDArray[np.object_]:
    """The squad of each contact's officer; field training for recruits."""
    roster, contacts = chunk.roster, chunk.contacts
    names = np.array([*(entry.squad_2025 for entry in squads()), FIELD_TRAINING[0]], dtype=object)
    tenure = (contacts.reported_day - roster.hired[contacts.officer]) / DAYS_PER_YEAR
    unit = np.where(tenure < FIELD_TRAINING_YEARS, len(names) - 1, roster.squad[contacts.officer])
    squad: NDArray[np.object_] = names[unit]
    return squad
