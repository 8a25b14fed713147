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

"""Cinder's services, several of them in one process."""

import threading
import time
import typing

from cinder.cmd import backup  # noqa: F401  for backup_max_operations
from cinder.common import constants
from cinder import context
from cinder import service
from cinder import utils
from oslo_config import cfg

from cinder_backup_meta.embedded import config
from cinder_backup_meta import log as logging

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: Seconds for the backup drivers to become ready.
START_TIMEOUT = 10

_service_id = threading.Lock()


class Service(service.Service):
    """One of several services of one process.

    Cinder keeps the number of the service's row in an attribute of the class.
    In one process, only the service created last would report that it is up,
    and the others would count as down after ``service_down_time``. Here, code
    that reads the attribute runs with the service's own number in it.
    """

    def start(self) -> None:
        with _service_id:
            super().start()

    def report_state(self) -> None:
        with _service_id:
            service.Service.service_id = self.origin_service_id
            # If the row is missing this creates a new one, with the new number
            # in origin_service_id.
            super().report_state()


def _volume() -> Service:
    return Service.create(
        host=f'{CONF.host}@{config.BACKEND}',
        service_name=config.BACKEND,
        binary=constants.VOLUME_BINARY,
        cluster=None,
    )


def _scheduler() -> Service:
    return Service.create(binary=constants.SCHEDULER_BINARY)


def _backup(host: str) -> Service:
    semaphore = utils.semaphore_factory(CONF.backup_max_operations, 1)
    return Service.create(
        host=host,
        binary=constants.BACKUP_BINARY,
        service_name='backup',
        process_number=1,
        semaphore=semaphore,
    )


def start(backup_hosts: typing.Sequence[str]) -> list[Service]:
    """Start cinder-volume, cinder-scheduler and each cinder-backup.

    :param backup_hosts: the host names to run a cinder-backup for; if empty,
        one is run under the host name of the other services
    :returns: the services, in the order they were started
    """
    # cinder-volume first: the scheduler asks for its capabilities.
    volume, scheduler = _volume(), _scheduler()
    backups = [_backup(host) for host in backup_hosts or (CONF.host,)]
    started = [volume, scheduler, *backups]
    for one in started:
        one.start()
    for one in backups:
        _await(one, scheduler)
    return started


def _await(worker: Service, scheduler: Service) -> None:
    """Wait until the scheduler knows that a cinder-backup is working.

    Cinder sets the backup driver up in parallel to the start of the service,
    and informs the scheduler at the start, whether the driver is ready or not;
    the next time is a minute later. Until then every new backup would fail.
    """
    known = scheduler.manager.driver.host_manager.backup_service_states
    deadline = time.monotonic() + START_TIMEOUT
    while not known.get(worker.host, {}).get('backend_state'):
        if time.monotonic() > deadline:
            LOG.warning(
                'The backup driver of host %s is not ready; see above.',
                worker.host,
            )
            return
        if worker.manager.is_working():
            worker.manager.publish_service_capabilities(
                context.get_admin_context()
            )
        time.sleep(0.1)


def stop(running: typing.Sequence[Service]) -> None:
    """Stop services and wait for their running operations."""
    for one in reversed(running):
        one.stop()
    for one in running:
        one.wait()
