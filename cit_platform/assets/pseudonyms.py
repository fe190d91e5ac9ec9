"""Officers' pseudonyms: a keyed hash of each number, computed here, for no engine has it and no key stands in SQL."""

import hashlib
import hmac
from typing import TYPE_CHECKING

from cit_platform.resources.home import Home
from cit_platform.storage.home_folder import pseudonym_key

if TYPE_CHECKING:
    import pyarrow as pa

DISTINCT = "select distinct officer_id from raw.records where officer_id is not null order by officer_id"


def officers(home: Home) -> "pa.Table":
    """The relation `session.officers`: each officer number of raw/records as it stands there, with its key.

    HMAC-SHA-256 (RFC 2104) of the number with its blanks folded, in 64 hexadecimal digits.
    """
    import pyarrow as pa

    from cit_platform.engine.duckdb import Query, run

    key = pseudonym_key(home.settings)
    with home.engine.bound(Query(DISTINCT, inputs=("raw/records",)), home.lake) as connection:
        numbers = [row[0] for row in run(connection, DISTINCT, {})]
    keys = [hmac.new(key, " ".join(number.split()).encode(), hashlib.sha256).hexdigest() for number in numbers]
    return pa.table({"officer_id": pa.array(numbers, pa.string()), "officer_key": pa.array(keys, pa.string())})
