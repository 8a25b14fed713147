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

"""The host and availability zone of a backup that comes back.

Cinder restores and deletes a backup on an enabled cinder-backup in the zone
that its row names, and answers 404 if there is none. A backup must therefore
not come back into a zone that does not exist any more.
"""

import typing

from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import services
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

CONF = cfg.CONF
conf.register_opts(CONF)
CONF.import_opt('backup_use_same_host', 'cinder.backup.api')


class Place(typing.NamedTuple):
    """Where a backup belongs.

    :ivar note: what the operator has to know about it, None if nothing
    """

    host: str
    zone: str | None
    note: str | None = None


class Zones:
    """The zones of the cloud, as far as its table of services tells.

    :param context: the context of the request
    :param host: the name of the host that brings backups back
    :param zone: its zone
    """

    def __init__(
        self, context: typing.Any, host: str, zone: str | None
    ) -> None:
        with models.main_context_manager.reader.using(context):
            self._hosts = services.backup_hosts(context)
        self._host = host
        self._zone = zone
        self._map = CONF.backup_meta.zone_map
        self._found: dict[tuple[str | None, str | None], Place] = {}

    def place(self, host: str | None, zone: str | None) -> Place:
        """Return where a backup belongs now that was on a host in a zone.

        :raises Refused: with ZONE_UNKNOWN
        """
        key = host, zone
        if key not in self._found:
            self._found[key] = self._place(host, zone)
        return self._found[key]

    def _place(self, host: str | None, old: str | None) -> Place:
        zone = self._map.get(old, old) or self._zone
        host = host or self._host
        if not self._hosts:
            return self._place_unseen(host, zone)
        if zone in self._hosts:
            return self._place_in(host, zone)
        if zone != old and old:
            raise exception.Refused(
                reasons.Reason.ZONE_UNKNOWN,
                f'the map of zones replaces {old} by {zone}, in which no '
                'cinder-backup is enabled; correct the map, or enable one',
            )
        if self._zone not in self._hosts:
            raise exception.Refused(
                reasons.Reason.ZONE_UNKNOWN,
                f'no cinder-backup is enabled in its availability zone {zone} '
                f'or in {self._zone}, that of this host; enable one, or give '
                'a map of zones',
            )
        return Place(
            self._host,
            self._zone,
            f'its availability zone {zone} has no enabled cinder-backup; it '
            f'is in {self._zone} now, the zone of host {self._host}',
        )

    def _place_unseen(self, host: str, zone: str | None) -> Place:
        """Return the place where no cinder-backup has registered yet."""
        if zone == self._zone:
            return Place(host, zone)
        return Place(
            host,
            zone,
            f'it is in availability zone {zone}, and no cinder-backup has '
            'registered yet: start one in this zone, or run '
            'cinder-backup-meta-manage repair --zones',
        )

    def _place_in(self, host: str, zone: str | None) -> Place:
        """Return the place in a zone that is there."""
        hosts = self._hosts[typing.cast(str, zone)]
        if not CONF.backup_use_same_host or host in hosts:
            return Place(host, zone)
        other = self._host if self._host in hosts else min(hosts)
        return Place(
            other,
            zone,
            f'its host {host} is not an enabled cinder-backup in availability '
            f'zone {zone}; it belongs to host {other} now',
        )
