"""Every time that these tests found a promise broken, in the product as it was then. A row is added with each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """`reproduced_by` is the test that fails without the repair."""

    day: str
    what: str
    found_by: str
    mended_by: str
    reproduced_by: str


TRACK_RECORD = (
    Found(
        "2026-11-26",
        "After a kill with a storm's notification on its way, people were told twice at once: alone and in the next",
        "kill -9, seed 3",
        "After a restart nobody is told twice at once of what a storm's notification had carried",
        "tests/incident/test_bundling.py::test_after_a_server_died_with_a_bundle_on_its_way_each_page_is_carried_once",
    ),
    Found(
        "2026-11-26",
        "What a target had answered was forgotten when the write that was to record it failed: people were told again",
        "simulation",
        "A turn that fails loses no receipt, refuses no command and decides nothing twice",
        "python -m tests.simulation",
    ),
    Found(
        "2026-11-26",
        "A database that did not answer in the middle of a step made a command's refusal final",
        "simulation",
        "the same",
        "python -m tests.simulation",
    ),
    Found(
        "2026-11-26",
        "A server that came back to its lease after it had run out went on from a desk that another had changed since",
        "simulation",
        "the same",
        "python -m tests.simulation",
    ),
    Found(
        "2026-11-26",
        "A process that was stopped for long began an attempt which another had taken up meanwhile",
        "simulation",
        "An attempt that a stopped process had claimed long ago does not begin",
        "python -m tests.simulation",
    ),
    Found(
        "2026-11-26",
        "A claim lasted 30 s: what a dying process left behind was attempted after more than 30",
        "simulation; kill -9",
        "A claim lasts 26 seconds",
        "python -m tests.simulation",
    ),
    Found(
        "2026-11-26",
        "What a killed server on SQLite had on its way was attempted again after 26 to 53 s, and not at once",
        "kill -9, seed 3",
        "What a dead server had on its way is due at once where no other can carry it out",
        "tests/engine/test_dispatch.py::"
        "test_what_a_dead_server_had_on_its_way_is_sent_again_at_once_where_no_other_can_carry_it_out",
    ),
    Found(
        "2026-11-26",
        "A server that was stopped in the middle of a transaction kept the others from accepting and deciding",
        "SIGSTOP under load on PostgreSQL, seed 1",
        "A server that stands still in the middle of a transaction holds up the others for eight seconds",
        "tests/store/test_desk_postgresql.py::"
        "test_a_server_that_is_stopped_in_the_middle_of_a_transaction_does_not_stop_the_others",
    ),
    Found(
        "2026-11-26",
        "After a dozen kills in a row a target that failed once was left alone for minutes: the kills counted as tries",
        "kill -9 every second, seed 50",
        "Attempts that died with their servers do not make the next one wait longer",
        "tests/engine/test_dispatch.py::"
        "test_attempts_that_died_with_their_servers_do_not_make_the_next_one_wait_longer",
    ),
    Found(
        "2026-11-26",
        "A commit of unknown outcome was run a second time",
        "tests of lost connections",
        "A commit of unknown outcome is never run again",
        "tests/store/test_desk_postgresql.py",
    ),
)
