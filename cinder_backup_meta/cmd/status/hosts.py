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

"""Checks of the hosts of cinder-backup, by Cinder's table of services."""

import collections
import threading
import time
import typing

from cinder.common import constants
from cinder import context as cinder_context
from cinder import coordination  # noqa: F401  for its options
from cinder import objects
from cinder.objects import base as objects_base
from cinder import rpc
from oslo_config import cfg
import oslo_messaging as messaging

from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.status import result
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta import rpcapi

CONF = cfg.CONF
CONF.import_opt('backup_use_same_host', 'cinder.backup.api')

#: Seconds for all hosts together to answer in.
TIMEOUT = 10

# That of the manager, which nothing but a cinder-backup with it loads.
_LOGGER = 'cinder_backup_meta.manager'

_UNKNOWN = "Not checked: Cinder's database cannot be used."
_LACKS_PLUGIN = 'does not have the plugin, or has an older version of it'
_SILENT = 'does not answer, or the message queue does not'


def _services() -> list[typing.Any]:
    """Return the enabled services of cinder-backup, one for each host.

    :raises CinderDatabaseUnavailable: if Cinder's database cannot be used
    """
    with database.database() as context:
        return list(
            objects.ServiceList.get_all_by_topic(
                context, constants.BACKUP_TOPIC, disabled=False
            )
        )


def names() -> list[str]:
    """Return the names of the hosts of cinder-backup, sorted.

    :raises CinderDatabaseUnavailable: if Cinder's database cannot be used
    """
    return sorted({service.host for service in _services()})


def check_database() -> result.Result:
    """Check that Cinder's database can be used and has a cinder-backup."""
    try:
        found = names()
    except database.CinderDatabaseUnavailable as error:
        return result.failure(f'{error}.')
    if not found:
        return result.warning(
            "Cinder's database has no cinder-backup that is enabled: start "
            'it, or enable it with cinder service-enable.'
        )
    return result.success()


def check_coordination() -> result.Result:
    """Check that locks hold between hosts."""
    try:
        found = names()
    except database.CinderDatabaseUnavailable:
        return result.warning(_UNKNOWN)
    url = CONF.coordination.backend_url
    if not url.startswith('file:') or len(found) < 2:
        return result.success()
    return result.warning(
        'backend_url in [coordination] names files of each host, and '
        f'cinder-backup runs on {", ".join(found)}: the hosts do not see each '
        "other's locks, and each of them captures the same backups. Name a "
        'server that tooz supports, such as etcd, Redis or memcached.'
    )


def check_drivers() -> result.Result:
    """Check that Cinder restores each backup on a host with its driver."""
    try:
        with database.database() as context:
            with models.main_context_manager.reader.using(context):
                found = backups.drivers_by_zone(context)
        hosts = names()
    except database.CinderDatabaseUnavailable:
        return result.warning(_UNKNOWN)
    by_zone: dict[str, set[str]] = collections.defaultdict(set)
    for zone, service in found:
        known = by_zone[zone or '']
        if service and not any(
            drivers.is_driver(service, one) or drivers.is_driver(one, service)
            for one in known
        ):
            known.add(service)
    mixed = {
        zone: services
        for zone, services in by_zone.items()
        if len(services) > 1
    }
    if CONF.backup_use_same_host or not mixed or len(hosts) < 2:
        return result.success()
    listed = '; '.join(
        f'{", ".join(sorted(services))} in availability zone {zone or "-"}'
        for zone, services in sorted(mixed.items())
    )
    return result.warning(
        f'There are backups of several backup drivers ({listed}), and stock '
        'Cinder restores and deletes a backup on any cinder-backup of its '
        'availability zone, also on one with another driver, where it fails: '
        'set backup_use_same_host = true in [DEFAULT] on the hosts of '
        'cinder-api and restart it, or give each driver an availability zone '
        'of its own (storage_availability_zone).'
    )


def check_plugin() -> result.Result:
    """Ask the hosts that are up for the plugin, if so configured."""
    if not CONF.ask_hosts:
        return result.success(
            'Not asked. To ask, give --ask-hosts before "upgrade check".'
        )
    try:
        hosts = sorted(
            {service.host for service in _services() if service.is_up}
        )
    except database.CinderDatabaseUnavailable:
        return result.warning(_UNKNOWN)
    if not hosts:
        return result.warning('No cinder-backup is enabled and up.')
    return _result_of(
        {host: wrong for host, wrong in _ask_all(hosts) if wrong}
    )


def _result_of(wrong: dict[str, str]) -> result.Result:
    """Return the result for the hosts that something is wrong with."""
    if not wrong:
        return result.success()
    listed = '; '.join(f'{host} {answer}' for host, answer in wrong.items())
    if _LACKS_PLUGIN not in wrong.values():
        return result.warning(
            f'cinder-backup on {listed}: check its log, and transport_url in '
            '[DEFAULT].'
        )
    return result.failure(
        f'cinder-backup on {listed}. Requests to it are passed on to other '
        'hosts, if there are any: install the plugin there, set its options '
        'and restart cinder-backup.'
    )


def _ask_all(hosts: list[str]) -> list[tuple[str, str | None]]:
    """Return each host with what is wrong with it, or None."""
    rpc.init(CONF)
    answers: dict[str, str | None] = dict.fromkeys(hosts, _SILENT)
    # The threads are daemons because the client tries for ever to reach a
    # message queue that is not there, which must not keep the process alive.
    threads = [
        threading.Thread(target=_note, args=(answers, host), daemon=True)
        for host in hosts
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + TIMEOUT
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return list(answers.items())


def _note(answers: dict[str, str | None], host: str) -> None:
    try:
        _ask(host)
    except messaging.UnsupportedVersion:
        answers[host] = _LACKS_PLUGIN
    except messaging.MessagingTimeout:
        pass
    except Exception as error:
        # Each driver of a message queue has errors of its own.
        answers[host] = f'cannot be asked ({type(error).__name__})'
    else:
        answers[host] = None


def _ask(host: str) -> None:
    """Ask a host for the plugin.

    A host without it would log an error with a traceback about a method that
    it does not know. It is therefore asked for the plugin's loggers before,
    by a method of every service of Cinder.

    :raises UnsupportedVersion: if it does not have the plugin, or an older
        version
    """
    context = cinder_context.get_admin_context()
    cinder = rpc.get_client(
        messaging.Target(topic=constants.BACKUP_TOPIC, version='2.1'),
        serializer=objects_base.CinderObjectSerializer(),
    ).prepare(server=host, timeout=TIMEOUT)
    found = cinder.call(
        context,
        'get_log_levels',
        log_request=objects.LogLevel(context, prefix=_LOGGER),
    )
    if not found.objects:
        raise messaging.UnsupportedVersion(
            rpcapi.BackupMetaAPI.RPC_API_VERSION
        )
    client = rpcapi.BackupMetaAPI().client.prepare(
        server=host,
        version=rpcapi.BackupMetaAPI.RPC_API_VERSION,
        timeout=TIMEOUT,
    )
    with rpcapi.unsupported_version_raised():
        client.call(
            context,
            'is_retained',
            backup_id=models.ZERO_UUID,
        )
