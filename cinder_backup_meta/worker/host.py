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

"""The cinder-backup host that a request is carried out on.

A backup belongs to a host, by name and availability zone, and its data is
reached through the backup driver of a host. Both are needed together for
whatever imports, recovers or checks backups, in the service as on the command
line; :class:`Host` is where they are put together, and nowhere else.
"""

from collections.abc import Iterator
import contextlib
import functools
import typing

from oslo_config import cfg

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import loading

CONF = cfg.CONF


class Host:
    """A cinder-backup host, with its driver and the repository behind it.

    No driver is built before one is needed, so that what needs none is not
    stopped by a backup storage that is away.

    :ivar name: the host's name in Cinder
    :ivar availability_zone: its availability zone
    :ivar drivers: the instances of its backup driver
    :ivar service: the class path of its backup driver
    """

    def __init__(
        self,
        name: str,
        availability_zone: str | None,
        found: drivers.Instances,
        context: typing.Any,
    ) -> None:
        """Put together the host for one request.

        :param found: the instances of its backup driver
        :param context: the context of the request
        """
        self.name = name
        self.availability_zone = availability_zone
        self.drivers = found
        self.service = found.service
        self._context = context

    @classmethod
    def of_manager(cls, manager: typing.Any, context: typing.Any) -> 'Host':
        """Return the host that a running cinder-backup is.

        :param manager: the ``BackupManager`` of the service
        :param context: the context of the request
        """
        return cls(manager.host, manager.az, manager.drivers, context)

    @classmethod
    @contextlib.contextmanager
    def of_options(
        cls, context: typing.Any, otherwise: str
    ) -> Iterator['Host']:
        """Yield the host that cinder.conf describes, without a service.

        :param context: an administrator's
        :param otherwise: what else can be done where the driver cannot be
            started, for the message
        """
        with drivers.of_options(otherwise) as found:
            yield cls(
                CONF.host, CONF.storage_availability_zone, found, context
            )

    @functools.cached_property
    def repository(self) -> base.Repository:
        """The repository behind the driver.

        :raises Refused: with DRIVER_UNKNOWN
        """
        return loading.load(self.drivers, self._context)

    def check_service(self, name: str | None) -> None:
        """Raise Refused if a backup driver is another than the host's.

        :param name: the driver, as a record or a request names it
        :raises Refused: with SERVICE_MISMATCH
        """
        if not drivers.is_driver(name, self.service):
            raise exception.Refused(
                reasons.Reason.SERVICE_MISMATCH,
                f'the backup service {name or "(none)"} is asked for and '
                f'host {self.name} has {self.service}',
            )
