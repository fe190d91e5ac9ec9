"""What the client of PostgreSQL says when its server is away becomes one paragraph, without a password."""

import pytest

from cit_platform.errors import paragraph_of

PREFIX = "(psycopg2.OperationalError) "
AT = "connection to server at "
GONE = {
    f'{AT}"127.0.0.1", port 5432 failed: Connection refused': "127.0.0.1:5432",
    f'{AT}"db.example" (10.0.0.7), port 5433 failed: FATAL:  password authentication failed for user "x"': (
        "db.example:5433"
    ),
    'connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: No such file': "PGSQL.5432",
    "server closed the connection unexpectedly": "",
    "terminating connection due to administrator command": "",
    "FATAL:  the database system is shutting down": "",
    'could not translate host name "postgres" to address: Name or service not known': "",
}


@pytest.mark.parametrize("said", GONE)
def test_a_storage_that_is_away_is_named_with_the_way_out(said: str) -> None:
    values = "[SQL: INSERT INTO runs VALUES (%(secret)s)] [parameters: {'secret': 'a private value'}]"
    paragraph = paragraph_of(f"{PREFIX}{said}\n{values}")
    assert paragraph is not None
    assert paragraph.startswith("Dagster's storage, the PostgreSQL server")
    assert GONE[said] in paragraph
    assert "systemctl start postgresql" in paragraph
    assert "private" not in paragraph


def test_a_portal_that_refuses_is_no_storage() -> None:
    assert paragraph_of("[Errno 111] Connection refused") is None
