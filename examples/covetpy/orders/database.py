"""The orders table and every statement that touches it."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import delete as sql_delete

metadata = MetaData()
orders_table = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("customer", String(80), nullable=False),
    Column("item", String(80), nullable=False),
    Column("amount_cents", Integer, nullable=False),
    Column("status", String(10), nullable=False),
)
FIRST_ORDERS = 500
KEPT_ORDERS = 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """An order; its status goes from open to paid to settled."""

    id: int
    customer: str
    item: str
    amount_cents: int
    status: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def open_engine(path: str) -> Engine:
    """Open the SQLite file at `path`, with a connection for every worker thread."""
    engine = create_engine(f"sqlite:///{path}", pool_size=32, max_overflow=0, connect_args={"timeout": 30})

    def prepare(connection: Any, _record: object) -> None:
        # A throw-away database: readers beside the writer, and no wait for the disk.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")

    event.listen(engine, "connect", prepare)
    return engine


class OrderBook:
    """The orders in the database. Each method is one short transaction; all of them block."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def prepare(self) -> None:
        """Create the table and, when it is empty, the first orders, already settled."""
        metadata.create_all(self._engine)
        with self._engine.begin() as connection:
            if connection.execute(select(func.count()).select_from(orders_table)).scalar_one():
                return
            rows = [
                {
                    "customer": f"customer-{n % 97}",
                    "item": f"item-{n % 41}",
                    "amount_cents": 500 + n,
                    "status": "settled",
                }
                for n in range(FIRST_ORDERS)
            ]
            connection.execute(insert(orders_table), rows)

    def newest(self, limit: int) -> list[Order]:
        """Return the newest orders, newest first."""
        statement = select(orders_table).order_by(orders_table.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [Order(*row) for row in connection.execute(statement)]

    def find(self, order_id: int) -> Order | None:
        """Return the order with this id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(select(orders_table).where(orders_table.c.id == order_id)).first()
        return None if row is None else Order(*row)

    def add(self, customer: str, item: str, amount_cents: int) -> int:
        """Add an open order and return its id."""
        values = {"customer": customer, "item": item, "amount_cents": amount_cents, "status": "open"}
        with self._engine.begin() as connection:
            key = connection.execute(insert(orders_table).values(values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def move(self, order_id: int, before: str, after: str) -> bool:
        """Move the order from one status to the next; False when it was not in the first."""
        statement = (
            update(orders_table)
            .where(orders_table.c.id == order_id, orders_table.c.status == before)
            .values(status=after)
        )
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def totals(self) -> dict[str, int]:
        """Return the sum in cents of the orders in each status."""
        statement = select(orders_table.c.status, func.sum(orders_table.c.amount_cents)).group_by(orders_table.c.status)
        with self._engine.connect() as connection:
            return {status: int(total) for status, total in connection.execute(statement)}

    def forget_old(self) -> int:
        """Delete all but the newest orders, so that a demo left running stays small; return how many went."""
        last = select(func.max(orders_table.c.id)).scalar_subquery()
        with self._engine.begin() as connection:
            return connection.execute(sql_delete(orders_table).where(orders_table.c.id <= last - KEPT_ORDERS)).rowcount
