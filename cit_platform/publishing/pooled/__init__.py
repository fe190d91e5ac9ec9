"""The answer to "one city": what the editions of several agencies say together."""

from cit_platform.publishing.pooled.agencies import AgencyEstimate, PoolError, read_agencies
from cit_platform.publishing.pooled.folder import write_folder
from cit_platform.publishing.pooled.report import PooledReport, pooled_report

__all__ = ["AgencyEstimate", "PoolError", "PooledReport", "pooled_report", "read_agencies", "write_folder"]
