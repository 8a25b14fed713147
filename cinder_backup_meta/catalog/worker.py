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

"""Capturing records in the background of cinder-backup."""

from collections.abc import Callable
from collections.abc import Collection
import threading

from cinder import context as cinder_context
from oslo_config import cfg

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import leader
from cinder_backup_meta.catalog import on_demand
from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import records
from cinder_backup_meta import conf
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import errors
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta.retention import presence

CONF = cfg.CONF
conf.register_opts(CONF)

LOG = logging.getLogger(__name__)

#: How many backups may wait to be captured; further ones are left to a pass.
LIMIT = 20000
#: How many backups may wait that were imported or recovered in pages.
MANY = 100000
#: Seconds after the last such page before they are captured. Capturing takes
#: as long as importing, and in one process each would slow the other down.
CALM = 2


class Worker:
    """Captures backups in threads of its own.

    The caller waits for nothing and gets no error. While capturing fails, what
    the caller puts is ignored; each pass is a new attempt, and catches up. A
    pass may take long and has a thread of its own, so that what has just
    happened is captured meanwhile.
    """

    def __init__(self, maker: records.Maker) -> None:
        self._maker = maker
        self._started_at = clock.utcnow()
        self._events = on_demand.OnDemand(
            self._guarded(self._capture), 'capture-records', LIMIT
        )
        self._many = on_demand.OnDemand(
            self._guarded(self._capture), 'capture-many', MANY, CALM
        )
        self._passes = on_demand.OnDemand(
            self._guarded(self._pass), 'capture-pass', 1
        )
        self._lock = threading.Lock()
        self._has_tables = False
        self._works = True

    def put(self, *backup_ids: str | None) -> None:
        """Capture backups soon; ids of None are ignored."""
        if self._works and CONF.backup_meta_catalog.capture:
            self._events.give([one for one in backup_ids if one])

    def put_many(self, backup_ids: Collection[str]) -> None:
        """Capture backups once no more have been put for a while."""
        if self._works and CONF.backup_meta_catalog.capture:
            self._many.give(backup_ids)

    def wake(self) -> None:
        """Run the pass that is due, if any."""
        if CONF.backup_meta_catalog.capture:
            self._passes.give(['pass'])

    def join(self, timeout: float | None = None) -> None:
        """Wait until nothing is left to capture."""
        self._events.join(timeout)
        self._many.join(timeout)
        self._passes.join(timeout)

    def _guarded(
        self,
        action: Callable[[cinder_context.RequestContext, set[str]], None],
    ) -> Callable[[set[str]], None]:
        def run(items: set[str]) -> None:
            try:
                if self._can_work():
                    action(cinder_context.get_admin_context(), items)
            except Exception as error:
                self._fail(error)

        return run

    def _capture(
        self, context: cinder_context.RequestContext, backup_ids: set[str]
    ) -> None:
        capture.capture_ids(context, backup_ids, self._maker)

    def _pass(
        self, context: cinder_context.RequestContext, _items: set[str]
    ) -> None:
        name = f'backup-meta-capture-{self._maker.driver_name}'
        with leader.alone(name) as alone:
            if not alone:
                return
            if self._works:
                passes.run_due(context, self._maker, self._started_at)
                return
            # What was ignored meanwhile has to be captured; and only an
            # attempt shows whether capturing is possible again.
            passes.capture_changed(context, self._maker)
            LOG.info('The records of backups are captured again.')
            self._works = True

    def _stop_working(self) -> bool:
        """Ignore what is put from now on; return whether that is new."""
        with self._lock:
            was_working, self._works = self._works, False
        return was_working

    def _can_work(self) -> bool:
        """Return whether there are tables; log a warning if there are none."""
        table = models.BackupRecord.__tablename__
        if not self._has_tables and migration.has_table(table):
            self._has_tables = True
            _note_catalog()
        if not self._has_tables and self._stop_working():
            LOG.warning(
                'The records of backups are not captured, because the '
                "plugin's own database has no table for them: run "
                'cinder-backup-meta-manage db sync'
            )
        return self._has_tables

    def _fail(self, error: Exception) -> None:
        # The connection may still be to a database that has been replaced.
        session.forget()
        self._has_tables = False
        if self._stop_working():
            expected = isinstance(error, (exception.Refused, *errors.ERRORS))
            LOG.error(
                'The records of backups cannot be captured. Backups are not '
                'affected, and the records will be captured later: %s',
                _explain(error) if expected else error,
                exc_info=not expected,
            )


def _note_catalog() -> None:
    """Note the catalog in Cinder's database, or log that it is another.

    Records are captured all the same, so that none are lost.
    """
    try:
        presence.is_there(cinder_context.get_admin_context())
    except exception.Refused as error:
        LOG.error(
            'No backup can be deleted or retained, though records are '
            'captured: %s',
            error,
        )


def _explain(error: Exception) -> str:
    """Return what is wrong, and with which of the two databases."""
    if session.is_own(error):
        return str(session.refused(error))
    try:
        migration.want_records()
    except exception.Refused as refusal:
        return str(refusal)
    return f'a database has failed: {errors.in_short(error)}'
