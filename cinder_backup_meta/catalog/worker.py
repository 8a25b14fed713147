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

import threading

from cinder import context as cinder_context
from oslo_config import cfg
from oslo_log import log as logging

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import making
from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import sharing
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


class Worker:
    """Captures what it is told of, in a thread of its own.

    Who tells it waits for nothing and gets no error. While capturing fails it
    is told of nothing: the passes, each of which is a new attempt, catch up.

    The thread is there only as long as there is something to do, so that it
    neither has to be stopped with the service nor gets lost in a fork.
    """

    def __init__(self, maker: making.Maker) -> None:
        self._maker = maker
        self._started_at = capture.utcnow()
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        self._pass_wanted = False
        self._thread: threading.Thread | None = None
        self._has_tables = False
        self._works = True

    def put(self, *backup_ids: str | None) -> None:
        """Let backups be captured soon; None is nobody."""
        if self._works:
            self._add({one for one in backup_ids if one}, False)

    def wake(self) -> None:
        """Let it be looked what has changed, if that is due."""
        self._add(set(), True)

    def join(self, timeout: float | None = None) -> None:
        """Wait until there is nothing to do."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _add(self, backup_ids: set[str], pass_wanted: bool) -> None:
        if not CONF.backup_meta_catalog.capture:
            return
        try:
            with self._lock:
                if len(self._ids) < LIMIT:
                    self._ids |= backup_ids
                self._pass_wanted |= pass_wanted
                if self._thread is None:
                    self._start()
        except RuntimeError as error:
            # There can be no new thread, as when the process ends.
            LOG.debug('Nothing is captured: %s', error)

    def _start(self) -> None:
        thread = threading.Thread(
            target=self._run, name='capture-records', daemon=True
        )
        thread.start()
        self._thread = thread

    def _run(self) -> None:
        while True:
            with self._lock:
                backup_ids, self._ids = self._ids, set()
                pass_wanted, self._pass_wanted = self._pass_wanted, False
                if not backup_ids and not pass_wanted:
                    self._thread = None
                    return
            self._work(backup_ids, pass_wanted)

    def _work(self, backup_ids: set[str], pass_wanted: bool) -> None:
        try:
            if not self._can_work():
                return
            context = cinder_context.get_admin_context()
            capture.capture_ids(context, backup_ids, self._maker)
            if pass_wanted:
                self._pass(context)
        except Exception as error:
            self._fail(error)

    def _can_work(self) -> bool:
        """Tell whether there are tables, and in the log if there are none."""
        table = models.BackupRecord.__tablename__
        self._has_tables = self._has_tables or migration.has_table(table)
        if not self._has_tables and self._works:
            self._works = False
            LOG.warning(
                'The records of backups are not captured, because the '
                "plugin's own database has no table for them: run "
                'cinder-backup-meta-manage db sync'
            )
        return self._has_tables

    def _pass(self, context: cinder_context.RequestContext) -> None:
        name = f'backup-meta-capture-{self._maker.driver_name}'
        with sharing.alone(name) as alone:
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

    def _fail(self, error: Exception) -> None:
        # A connection may know no more than that its database was another.
        session.forget()
        if self._works:
            expected = isinstance(error, (exception.Refused, *errors.ERRORS))
            LOG.error(
                'The records of backups can not be captured, which disturbs '
                'no backup and will be made up for: %s',
                _explain(error) if expected else error,
                exc_info=not expected,
            )
        self._works = False
        self._has_tables = False


def _explain(error: Exception) -> str:
    """Say what is wrong, and with which of the two databases."""
    try:
        migration.want_records()
    except exception.Refused as refusal:
        return str(refusal)
    return f'a database says: {errors.in_short(error)}'
