"""Great Expectations suites of the tables, their severities, and how their results become asset checks."""
