"""The statements about records and the audit record; like `statements`, for both databases."""

from sqlalchemy import bindparam, text

RECORD = text("SELECT doc FROM record WHERE kind = :kind AND identity = :identity")

RECORDS = text("SELECT doc FROM record WHERE kind = :kind ORDER BY identity")

RECORDS_THAT_MATTER = text(
    "SELECT doc FROM record WHERE kind = :kind AND (over_at IS NULL OR over_at >= :since) ORDER BY identity"
)

KEPT_RECORDS = text(
    "SELECT kind, doc FROM record WHERE kind IN :kinds AND (over_at IS NULL OR over_at >= :since) "
    "ORDER BY kind, identity"
).bindparams(bindparam("kinds", expanding=True))

PUT_RECORD = text(
    "INSERT INTO record (kind, identity, over_at, doc) VALUES (:kind, :identity, :over_at, :doc) "
    "ON CONFLICT (kind, identity) DO UPDATE SET over_at = excluded.over_at, doc = excluded.doc"
)

ADD_RECORD = text(
    "INSERT INTO record (kind, identity, over_at, doc) VALUES (:kind, :identity, :over_at, :doc) "
    "ON CONFLICT (kind, identity) DO NOTHING"
)
"""One that is there already stays as it is, and nothing is added."""

DELETE_RECORD = text("DELETE FROM record WHERE kind = :kind AND identity = :identity")

FORGET_KIND = text("DELETE FROM record WHERE kind = :kind")

FORGET_RECORDS = text("DELETE FROM record WHERE kind = :kind AND over_at IS NOT NULL AND over_at < :before")

_AUDIT = "SELECT position, at, actor, kind, subject, data, digest FROM audit "

AUDIT_HEAD = text(_AUDIT + "ORDER BY position DESC LIMIT 1")

AUDIT_AFTER = text(_AUDIT + "WHERE position > :after ORDER BY position LIMIT :limit")

ADD_AUDIT = text(
    "INSERT INTO audit (position, at, actor, kind, subject, data, digest) "
    "VALUES (:position, :at, :actor, :kind, :subject, :data, :digest)"
)
"""Plain: a position that is taken is a conflict, and never an overwrite."""
