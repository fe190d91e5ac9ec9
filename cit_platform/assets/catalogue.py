"""What an asset's definition tells the UI's catalogue beside its contract: tags, links, freshness, column lineage."""

from datetime import timedelta
from typing import Any

import dagster as dg

from cit_platform.code_version import PACKAGE
from cit_platform.contracts import Table
from cit_platform.engine.lineage import column_lineage
from cit_platform.transforms import SAME_STATEMENT

# The source moves on most days. Dagster looks at the last materialisation alone; the data's own dates are checks.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=7), warn_window=timedelta(days=2))
WATCHED_STAGES = ("raw",)

DICTIONARY = PACKAGE.parent / "docs" / "data-dictionary.md"


def table_tags(table: Table) -> dict[str, str]:
    """The stage, the study or model, and whether rows are of people: records, contacts, officers."""
    is_of_people = "holds_personal_data" in table.warnings or any(not column.public for column in table.columns)
    return {
        "stage": table.schema,
        **({"topic": table.name} if table.schema == "models" else {}),
        **({"pii": "true"} if is_of_people else {}),
    }


def source_links(table: Table) -> dict[str, dg.MetadataValue[Any]]:
    """Where its statement or study stands in the checkout, and its entry in the data dictionary."""
    sql = PACKAGE / "transforms" / f"{SAME_STATEMENT.get(table.path, table.path)}.sql"
    study = PACKAGE / "studies" / f"{table.name}.py"
    code = next((file for file in (sql, study) if file.exists()), PACKAGE / "assets" / f"{table.schema}.py")
    anchor = table.path.replace("/", "")
    return {
        "code": dg.MetadataValue.path(code),
        "data_dictionary": dg.MetadataValue.path(f"{DICTIONARY}#{anchor}"),
    }


def lineage_metadata(table: Table) -> dict[str, dg.TableColumnLineage]:
    """The lineage of a table's columns, where one SQL statement computes it."""
    columns = {
        name: [_column_dep(origin) for origin in origins] for name, origins in column_lineage(table).items() if origins
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(columns)} if columns else {}


def _column_dep(origin: str) -> dg.TableColumnDep:
    schema, name, column = origin.split(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey([schema, name]), column_name=column)
