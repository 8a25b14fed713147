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

"""Capturing in the background of cinder-backup."""

from collections.abc import Callable
from collections.abc import Collection
import threading

from cinder import context as cinder_context
from oslo_config import cfg
from oslo_log import log as logging

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import leader
from cinder_backup_meta.catalog import on_demand
from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import records
from cinder_backup_meta import conf
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db import errors
from cinder_backup_meta import exception

CONF = cfg.CONF
conf.register_opts(CONF)

LOG = logging.getLogger(__name__)

#: Backups that wait to be captured. What does not fit is left to a pass.
LIMIT = 20000
#: The same of those that were imported or recovered by pages.
MANY = 100000
#: Seconds since the last such page. Capturing takes as long as importing, and
#: in one process each would slow the other down.
CALM = 2


class Worker:
    """Captures what it is told of, in threads of its own.

    Who tells it waits for nothing and gets no error. While capturing fails it
    is told of nothing: the passes, each of which is a new attempt, catch up.

    A pass may take long, and what has just happened does not wait for it.
    """

    def __init__(self, maker: records.Maker) -> None:
        self._maker = maker
        self._started_at = capture.utcnow()
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
        """Let backups be captured soon; None is nobody."""
        if self._works and CONF.backup_meta_catalog.capture:
            self._events.give([one for one in backup_ids if one])

    def put_many(self, backup_ids: Collection[str]) -> None:
        """Let backups be captured when no more have come for a while."""
        if self._works and CONF.backup_meta_catalog.capture:
            self._many.give(backup_ids)

    def wake(self) -> None:
        """Let it be looked what has changed, if that is due."""
        if CONF.backup_meta_catalog.capture:
            self._passes.give(['pass'])

    def join(self, timeout: float | None = None) -> None:
        """Wait until there is nothing to do."""
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
            # What was not even put may have been missed; and only this shows
            # whether capturing is possible again.
            passes.capture_changed(context, self._maker)
            LOG.info('The records of backups are captured again.')
            self._works = True

    def _stop_working(self) -> bool:
        """Return whether that is news."""
        with self._lock:
            news, self._works = self._works, False
        return news

    def _can_work(self) -> bool:
        """Tell whether there are tables, and in the log if there are none."""
        table = models.BackupRecord.__tablename__
        self._has_tables = self._has_tables or migration.has_table(table)
        if not self._has_tables and self._stop_working():
            LOG.warning(
                'The records of backups are not captured, because the '
                "plugin's own database has no table for them: run "
                'cinder-backup-meta-manage db sync'
            )
        return self._has_tables

    def _fail(self, error: Exception) -> None:
        # A connection may know no more than that its database was another.
        session.forget()
        self._has_tables = False
        if self._stop_working():
            expected = isinstance(error, (exception.Refused, *errors.ERRORS))
            LOG.error(
                'The records of backups can not be captured, which disturbs '
                'no backup and will be made up for: %s',
                _explain(error) if expected else error,
                exc_info=not expected,
            )


def _explain(error: Exception) -> str:
    """Say what is wrong, and with which of the two databases."""
    try:
        migration.want_records()
    except exception.Refused as refusal:
        return str(refusal)
    return f'a database says: {errors.in_short(error)}'
