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

"""Backups in zones, or on hosts, that nothing serves.

Cinder answers 404 to their restore and their deletion.
"""

import typing

from oslo_config import cfg

from cinder_backup_meta.db.cinder import discrepancies
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import services
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging
from cinder_backup_meta.db import retry
from cinder_backup_meta import exception
from cinder_backup_meta.importer import zones
from cinder_backup_meta.repositories import drivers

CONF = cfg.CONF


class Unserved(typing.NamedTuple):
    """A backup that no cinder-backup serves.

    :ivar place: where it would be served; None if this host cannot say
    :ivar detail: what is wrong or, where there is a place, what changes
    """

    backup_id: str
    project_id: str | None
    host: str | None
    zone: str | None
    place: zones.Place | None
    detail: str


def find(context: typing.Any) -> typing.Iterator[typing.Any]:
    """Yield the rows of these backups.

    A row has: id, project_id, host, availability_zone, service, status. There
    are none as long as no cinder-backup is enabled: then nothing is known.

    :param context: an administrator's
    """
    with models.main_context_manager.reader.using(context):
        known = services.backup_hosts(context)
    if not known:
        return
    same_host = bool(CONF.backup_use_same_host)

    def read(context: typing.Any, after: str, limit: int) -> list[typing.Any]:
        return discrepancies.unserved(context, after, limit, same_host)

    yield from paging.rows(context, read)


def describe(row: typing.Any) -> str:
    """Return what is wrong with a row of :func:`find`."""
    where = f'in availability zone {row.availability_zone}'
    if CONF.backup_use_same_host:
        where = f'on host {row.host} {where}'
    return (
        f'no cinder-backup is enabled {where}: its restore and its deletion '
        'answer 404'
    )


def plan(context: typing.Any) -> list[Unserved]:
    """Return these backups with the places where they would be served.

    The places are those of the map of zones, or that of the host that
    cinder.conf describes. Only its own driver can serve a backup.
    """
    here = zones.Zones(context, CONF.host, CONF.storage_availability_zone)
    service = drivers.renamed(CONF.backup_driver)
    return [_plan(here, service, row) for row in find(context)]


def _plan(here: zones.Zones, service: str, row: typing.Any) -> Unserved:
    place = None
    if not drivers.is_driver(row.service, service):
        detail = (
            f'its driver is {row.service}: run the command on a host of it'
        )
    else:
        try:
            place = here.place(row.host, row.availability_zone)
            detail = f'{place.zone}, host {place.host}'
        except exception.Refused as error:
            detail = str(error)
    return Unserved(
        row.id,
        row.project_id,
        row.host,
        row.availability_zone,
        place,
        detail,
    )


def apply(context: typing.Any, found: list[Unserved]) -> list[Unserved]:
    """Move backups to their places, each in a transaction of its own.

    :param found: what :func:`plan` has returned
    :returns: those moved; one that has changed since is left as it is
    """
    return [one for one in found if one.place and _move(context, one)]


@retry.on_conflict()
@models.main_context_manager.writer
def _move(context: typing.Any, one: Unserved) -> bool:
    assert one.place is not None
    return writes.move(
        context,
        one.backup_id,
        (one.host, one.zone),
        (one.place.host, one.place.zone),
        # For the catalog to notice.
        clock.truncated(clock.utcnow()),
    )
