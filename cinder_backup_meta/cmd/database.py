# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Cinder's own database, for the commands that use it without any service."""

from collections.abc import Iterator
import contextlib
import typing

from cinder import context
from oslo_config import cfg

from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import sqlite
from cinder_backup_meta import exception

CONF = cfg.CONF


class CinderDatabaseUnavailable(exception.BackupMetaException):
    """Cinder's own database cannot be used."""

    message = "Cinder's database cannot be used (%(detail)s): %(remedy)s"


_CHECK = 'check [database] connection'


@contextlib.contextmanager
def database() -> Iterator[typing.Any]:
    """Yield an administrator's context for Cinder's database.

    :raises CinderDatabaseUnavailable: if the database cannot be used
    :raises Refused: with CATALOG_UNAVAILABLE, of an error of the catalog
    """
    # Services wait for their database when they start. A command would appear
    # to hang.
    CONF.set_override('max_retries', 0, group='database')
    try:
        if sqlite.is_missing(CONF.database.connection):
            raise CinderDatabaseUnavailable(
                detail='the file does not exist',
                remedy=errors.without_files(_CHECK),
            )
        sqlite.tune(models.get_engine())
        yield context.get_admin_context()
    except errors.ERRORS as error:
        if session.is_own(error):
            raise session.refused(error) from error
        raise CinderDatabaseUnavailable(
            detail=errors.in_short(error),
            remedy=errors.without_files(errors.remedy(error, _CHECK)),
        ) from error
