"""Backups: one file with a manifest; made while everybody goes on, verified, and put back whole or not at all."""

from covet_sre.store.backup.envelope import BackupBroken
from covet_sre.store.backup.making import Backup, file_name, made_at_in, make_backup
from covet_sre.store.backup.manifest import Manifest
from covet_sre.store.backup.restoring import Restored, Wish, restore
from covet_sre.store.backup.verifying import Verified, verify_database, verify_file

__all__ = [
    "Backup",
    "BackupBroken",
    "Manifest",
    "Restored",
    "Verified",
    "Wish",
    "file_name",
    "made_at_in",
    "make_backup",
    "restore",
    "verify_database",
    "verify_file",
]
