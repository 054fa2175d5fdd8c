"""A thousand mails to a slow server, and a page: the page leaves at once."""

import asyncio
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from covet_sre.alerting.severity import Severity
from covet_sre.engine.deliver import MOST_PER_TARGET
from covet_sre.incident.facts import Declare
from covet_sre.incident.outgoing import Delivery, Purpose
from covet_sre.incident.status_facts import PublishIncident
from covet_sre.status.mailing import BATCH
from tests.notifying.mail_server import MailServer
from tests.status.server import eventually, status_server

READERS = 1000


class SlowMailServer(MailServer):
    """Takes a letter after a long time, until it is told to hurry; knows how many it had under way at once."""

    def __init__(self) -> None:
        self.under_way = self.most = 0
        self.slow = True
        super().__init__()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        while self.slow:
            await asyncio.sleep(0.02)
        answer = await super().handle_DATA(server, session, envelope)
        self.under_way -= 1
        return answer


def test_a_page_leaves_while_a_thousand_mails_wait_and_connections_stay_few(tmp_path: Path) -> None:
    with SlowMailServer() as mails, status_server(tmp_path, mails.port, READERS) as server:
        decide = server.desk.incidents.decide
        decide(PublishIncident("ann", "Orders cannot be placed", "We are looking into it."))
        eventually(lambda: mails.under_way == MOST_PER_TARGET)
        incident = decide(Declare("ann", "zanzibar-svc", Severity.P0, "Nothing works"))

        def pages() -> list[Delivery]:
            told = server.store.notifications(incident, None, 50)
            return [one.delivery for one in told if one.purpose is Purpose.TRIGGER]

        # Not one mail has arrived: the page has not waited for any of them.
        eventually(lambda: Delivery.DELIVERED in pages())
        assert not mails.letters
        assert mails.most <= MOST_PER_TARGET
        desk = server.desk.dispatcher._desk
        assert desk is not None and sum(key.startswith("status/") for key in list(desk.outgoing)) <= BATCH
        mails.slow = False
        eventually(lambda: len(mails.letters) >= 3 * BATCH, 90)
        assert mails.most <= MOST_PER_TARGET
        told = [str(letter["To"]) for letter in mails.letters if isinstance(letter, EmailMessage)]
        # A letter may be sent again only where nobody knows what became of it.
        assert len(set(told)) >= len(told) - MOST_PER_TARGET - 1
