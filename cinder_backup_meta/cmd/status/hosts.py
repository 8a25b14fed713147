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

"""What depends on which hosts there are, by Cinder's table of services."""

import typing

from cinder.common import constants
from cinder import coordination  # noqa: F401  for its options
from cinder import objects
from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.cmd.manage import database
from cinder_backup_meta.cmd.status import host_replies
from cinder_backup_meta.cmd.status import result

CONF = cfg.CONF

_UNKNOWN = "Not checked: Cinder's database can not be used."


def _services() -> list[typing.Any]:
    """Return the services cinder-backup, one for each host.

    :raises CinderDatabaseUnavailable: if Cinder's database can't be used
    """
    with database.database() as context:
        return list(
            objects.ServiceList.get_all_by_topic(
                context, constants.BACKUP_TOPIC, disabled=False
            )
        )


def _hosts() -> list[str]:
    return sorted({service.host for service in _services()})


def check_database() -> result.Result:
    """Check that Cinder's database can be used and has a cinder-backup."""
    try:
        hosts = _hosts()
    except database.CinderDatabaseUnavailable as error:
        return result.failure(f'{error}.')
    if not hosts:
        return result.warning(
            "Cinder's database knows of no cinder-backup that is enabled: "
            'start it, or enable it with cinder service-enable.'
        )
    return result.success()


def check_catalog() -> result.Result:
    """Check that all hosts can have the same catalog."""
    try:
        hosts = _hosts()
        url = sa.engine.make_url(CONF.backup_meta_catalog.connection)
    except (database.CinderDatabaseUnavailable, sa.exc.ArgumentError):
        return result.warning(
            'Not checked: one of the two databases can not be used.'
        )
    if url.get_backend_name() != 'sqlite' or len(hosts) < 2:
        return result.success()
    return result.failure(
        f"The plugin's own database is the file {url.database} of each host, "
        f'and cinder-backup runs on {", ".join(hosts)}: a host does not know '
        'which backups another one retains, and destroys their data. Let '
        'connection in [backup_meta_catalog] name a database that all of them '
        'reach, the same on every host of cinder-api and cinder-backup, '
        'restart these and run cinder-backup-meta-manage db sync.'
    )


def check_coordination() -> result.Result:
    """Check that locks hold between hosts."""
    try:
        hosts = _hosts()
    except database.CinderDatabaseUnavailable:
        return result.warning(_UNKNOWN)
    url = CONF.coordination.backend_url
    if not url.startswith('file:') or len(hosts) < 2:
        return result.success()
    return result.warning(
        'backend_url in [coordination] names files of each host, and '
        f'cinder-backup runs on {", ".join(hosts)}: the hosts do not see each '
        "other's locks and do the work of capturing twice. Name a server "
        'that tooz supports, such as etcd, Redis or memcached.'
    )


def check_plugin() -> result.Result:
    """Ask the hosts that are up for the plugin, if that is wanted."""
    if not CONF.ask_hosts:
        return result.success(
            'Not asked; --ask-hosts before "upgrade check" does.'
        )
    try:
        hosts = sorted(
            {service.host for service in _services() if service.is_up}
        )
    except database.CinderDatabaseUnavailable:
        return result.warning(_UNKNOWN)
    return host_replies.check(hosts)
