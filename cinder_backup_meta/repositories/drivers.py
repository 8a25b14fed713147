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

"""Backup drivers: their names, and the place where they are built.

A record or a request names a backup driver by its class path, or by its
module path if it comes from Cinder 11.0 or older. Cinder compares by prefix
(``BackupManager._is_our_backup``), where an empty name matches every driver;
here two names either mean the same driver or do not.

Nothing but :class:`Instances` builds a driver, in cinder-backup as in a
command. Cinder builds one for each operation, and can afford it: a backup
takes minutes. What the plugin does with a driver takes milliseconds, and the
base class of all drivers (``cinder.db.base.Base``) closes the connections of
the process to Cinder's database. So a driver is built when it is first needed,
and kept.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import functools
import os
import shlex
import threading
import typing

from cinder.backup import driver as cinder_driver
from cinder.backup import manager
from cinder import context as cinder_context
from cinder import coordination
from cinder import utils
import os_brick
from oslo_config import cfg
from oslo_privsep import priv_context
from oslo_utils import importutils

from cinder_backup_meta import exception
from cinder_backup_meta import host_service
from cinder_backup_meta import log as logging
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import mounts

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_IN_TREE = 'cinder.backup.drivers.'
_SWIFT = f'{_IN_TREE}swift.SwiftBackupDriver'

# The user and the project of a process that has neither. A driver takes a
# context without a user for that of a service that is still starting.
_NOBODY = 'cinder-backup-meta'

# How many instances are kept of a driver that has one for each token.
_KEPT = 32


def renamed(class_path: str) -> str:
    """Return the current class path of a driver that Cinder has renamed.

    :param class_path: as in ``backup_driver``; returned unchanged if Cinder
        has not renamed it
    """
    return str(manager.MAPPING.get(class_path, class_path))


def is_driver(name: str | None, class_path: str) -> bool:
    """Return whether a name means the driver with this class path.

    :param name: class path or module path of a driver, current or from
        before Cinder renamed it
    :param class_path: class path of the driver to compare with
    """
    if not name:
        return False
    current = _current(class_path)
    return _current(name) in (current, _module(current))


def _current(name: str) -> str:
    for old, new in manager.MAPPING.items():
        if name in (old, _module(old)):
            return new
    return name


def _module(class_path: str) -> str:
    return class_path.rpartition('.')[0]


def is_in_tree(name: str) -> bool:
    """Return whether a name is that of one of Cinder's own drivers.

    They add nothing to a record and have no checks of their own for it.

    :param name: class path or module path of a driver
    """
    return name.startswith(_IN_TREE)


def overrides(driver_class: typing.Any, method: str) -> bool:
    """Return whether a driver has its own ``export_record`` or the like.

    None of Cinder's own drivers overrides ``export_record`` or
    ``import_record`` of ``BackupDriver``, which do nothing.

    :param driver_class: the class of the driver
    :param method: the name of a method of ``BackupDriver``
    """
    stock = getattr(cinder_driver.BackupDriver, method)
    return getattr(driver_class, method, None) is not stock


def keeps_user(service: str) -> bool:
    """Return whether a driver works with the token of whoever asks.

    Of Cinder's own drivers only Swift's does, unless ``backup_swift_auth`` is
    ``single_user``. Its module must have been imported.

    :param service: the class path of the driver
    """
    return service == _SWIFT and CONF.backup_swift_auth == 'per_user'


class DriverUnusable(exception.Refused):
    """The backup driver cannot be built."""

    def __init__(self, service: str, error: Exception, advice: str) -> None:
        super().__init__(
            reasons.Reason.DATA_UNREADABLE,
            f'the backup driver {service} cannot be started here '
            f'({type(error).__name__}: {quoting.quote(error, 300)}): {advice}',
        )


class _Kept(typing.NamedTuple):
    driver: typing.Any
    place: tuple[int, int] | None


class Instances:
    """The instances of the backup driver of this host.

    All threads share one instance of a driver of Cinder's own: of these, the
    repositories know what threads must not share. A driver that works with the
    token of whoever asks has an instance for each token, and a driver of
    others, of which nothing is known, for each token and thread.

    :ivar service: the class path of the driver
    """

    def __init__(
        self,
        service: str,
        advice: str = (
            'check the backup options in cinder.conf and the backup storage; '
            'the log of cinder-backup on this host says more'
        ),
        prepare: Callable[[], None] | None = None,
    ) -> None:
        """Construct it; build nothing yet.

        :param advice: what can be done if the driver cannot be built
        :param prepare: is called before a driver is built, in a process that
            is no service of Cinder, to give it what a service has
        """
        self.service = service
        self._advice = advice
        self._prepare = prepare
        self._lock = threading.Lock()
        self._kept: dict[typing.Any, _Kept] = {}

    @functools.cached_property
    def driver_class(self) -> typing.Any:
        """The class of the driver.

        :raises DriverUnusable: if it cannot be imported
        """
        try:
            return importutils.import_class(self.service)
        except Exception as error:
            raise DriverUnusable(self.service, error, self._advice) from error

    def overrides(self, method: str) -> bool:
        """Return whether the driver has its own ``export_record`` or the like.

        See :func:`overrides`. No driver is built for it.
        """
        return overrides(self.driver_class, method)

    def get(self, context: typing.Any) -> typing.Any:
        """Return an instance, which is built if there is none yet.

        It is built anew after :meth:`forget`, and if the folder of its backups
        is not the one that it was: a share that is not mounted any more must
        not be taken for one that has lost its backups.

        :param context: the context of the request
        :raises DriverUnusable: if it cannot be built
        """
        key = self._key(context)
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None or kept.place != _place(kept.driver):
                driver = self._build(context, key is None)
                kept = _Kept(driver, _place(driver))
            # The one that was used last is behind all others.
            self._kept[key] = kept
            if len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return kept.driver

    def forget(self, context: typing.Any) -> None:
        """Build the driver anew the next time, as after it has failed."""
        with self._lock:
            self._kept.pop(self._key(context), None)

    def _key(self, context: typing.Any) -> typing.Any:
        """Return what the requests that share an instance have in common."""
        user = context.user_id, context.project_id, context.auth_token
        if not is_in_tree(self.service):
            return *user, threading.get_ident()
        # The options of a driver are known once its class has been imported.
        return user if self.driver_class and keeps_user(self.service) else None

    def _build(self, context: typing.Any, is_shared: bool) -> typing.Any:
        driver_class = self.driver_class
        if is_shared or not context.user_id:
            context = _service_context(context)
        try:
            if self._prepare:
                self._prepare()
            driver = driver_class(context)
            if self._prepare:
                # A service of Cinder has done this when it started.
                driver.check_for_setup_error()
        except Exception as error:
            # The driver may be third-party code; every error means the same.
            LOG.exception('The backup driver cannot be started.')
            raise DriverUnusable(self.service, error, self._advice) from error
        return driver


def _service_context(context: typing.Any) -> typing.Any:
    """Return an administrator's context that has a user and a project.

    :param context: that of a request, for its catalog of services
    """
    return cinder_context.RequestContext(
        user_id=CONF.cinder_internal_tenant_user_id or _NOBODY,
        project_id=CONF.cinder_internal_tenant_project_id or _NOBODY,
        is_admin=True,
        overwrite=False,
        service_catalog=context.service_catalog,
    )


def _place(driver: typing.Any) -> tuple[int, int] | None:
    """Return what a driver's folder is known by, None if there is none."""
    try:
        found = host_service.run_blocking(os.stat, driver.backup_path)
    except (AttributeError, TypeError, OSError):
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def of_options(otherwise: str) -> Iterator[Instances]:
    """Yield the driver of cinder.conf, in a process that is no service.

    What a driver gets from the process is what cinder-backup gives it, and is
    there from when the first is built until the end of the body.

    :param otherwise: what else can be done if it cannot be built
    """
    advice = (
        'run the command on a host of cinder-backup, as the user and with the '
        f'configuration files of cinder-backup, {otherwise}'
    )
    service = renamed(CONF.backup_driver)
    with contextlib.ExitStack() as stack:
        found = Instances(service, advice, lambda: _prepare(found, stack))
        yield found


def _prepare(found: Instances, stack: contextlib.ExitStack) -> None:
    """Do what ``main`` in ``cinder.cmd.backup`` and its service do."""
    mounts.check_group(found.driver_class)
    os_brick.setup(CONF)
    priv_context.init(root_helper=shlex.split(utils.get_root_helper()))
    if not coordination.COORDINATOR.started:
        coordination.COORDINATOR.start()
        stack.callback(coordination.COORDINATOR.stop)
