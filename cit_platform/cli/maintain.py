"""`cit maintain`: rid the home of what is past its retention."""

from cit_platform.cli.app import Debug, app, exit_on_user_error, prepared_settings, print_line, print_rows


@app.command()
def maintain(debug: Debug = False) -> None:
    """Remove what is past CIT_RETENTION_…: old files of tables, editions, snapshots, runs with their logs, ticks.

    The job `maintenance` does the same each week where a daemon runs. What is in force, monthly, or needed by anything
    that stays is kept.
    """
    with exit_on_user_error(debug):
        import dagster as dg

        from cit_platform.automation import maintenance
        from cit_platform.errors import UserError

        settings = prepared_settings()
        with dg.DagsterInstance.get() as instance:
            done = maintenance.maintain(settings, instance, print_line)
        rows = [(name, before, done.after[name]) for name, before in done.before.items()]
        print_rows(["Part", "Bytes before", "Bytes after"], rows)
        print_line(f"Removed: {', '.join(f'{n} {name}' for name, n in done.removed.items())}.")
        if done.left:
            raise UserError(" ".join(done.left))
