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

"""Checks of the packages that are installed, and of what they provide."""

from collections.abc import Iterable
import importlib.metadata
import re
import typing

from oslo_config import cfg
from oslo_upgradecheck import upgradecheck
import stevedore

from cinder_backup_meta.cmd.status import options
from cinder_backup_meta.cmd.status import result
from cinder_backup_meta import conf
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import loading
from cinder_backup_meta.worker import endpoints

CONF = cfg.CONF
conf.register_opts(CONF)

#: The oldest release of Cinder that the plugin supports, and the first number
#: of the newest one.
OLDEST = (24, 5)
NEWEST = 29

#: The first release of Cinder, since 23.0, that restores the zeros of a backup
#: into a new volume as they were backed up.
RESTORES_ZEROS = (29, 0)


def _release() -> tuple[str, tuple[int, ...]]:
    """Return the release of Cinder, and the first two numbers of it."""
    found = importlib.metadata.version('cinder')
    return found, tuple(int(part) for part in re.findall(r'\d+', found)[:2])


def restores_zeros() -> bool:
    """Return whether Cinder restores zeros by itself as they should be."""
    _found, numbers = _release()
    return numbers >= RESTORES_ZEROS


def check_release() -> result.Result:
    """Check that the plugin supports the Cinder that is installed."""
    found, numbers = _release()
    if numbers < OLDEST:
        return result.failure(
            f'Cinder is {found}; the plugin needs '
            f'{".".join(map(str, OLDEST))} or newer: upgrade Cinder first.'
        )
    if numbers[0] > NEWEST:
        return result.warning(
            f'Cinder is {found}, newer than {NEWEST}, the newest release that '
            'this release of the plugin supports: look for a newer release of '
            'the plugin.'
        )
    return result.success()


def check_restore() -> result.Result:
    """Check that a restore into a new volume gives what was backed up."""
    found, _numbers = _release()
    if restores_zeros():
        return result.success(
            f'Cinder {found} is not among the releases that restore some '
            'backups with wrong data, 23 to 28.'
        )
    wrong = (
        f'Cinder {found}, as every release from 23 to 28, restores some '
        'backups into new volumes with wrong data and reports success: '
        'incremental ones without what was overwritten with zeros, and with '
        'Ceph sparse ones of or to volumes that are not RBD images'
    )
    if options.check_manager().code == upgradecheck.Code.SUCCESS:
        return result.success(
            f"The plugin's backup manager prevents this: {wrong}. Volumes "
            'that were restored before it was in place may be affected: '
            'restore them again.'
        )
    return result.failure(
        f'{wrong}. Set backup_manager as the check of the backup manager '
        'says, restart cinder-backup, and restore such volumes again.'
    )


def check_endpoints() -> result.Result:
    """Check that cinder-backup can load every RPC endpoint."""
    loaded, errors = _load(endpoints.ENTRY_POINTS)
    if errors:
        return result.failure(
            'RPC endpoints cannot be loaded, and requests to them are '
            f'refused: {"; ".join(errors)}. Install the plugin and its '
            'dependencies again, and restart cinder-backup.'
        )
    if not loaded:
        return result.failure(
            'The plugin is not installed as a package; only its modules can '
            'be found, and cinder-backup loads no RPC endpoint: install it '
            'with pip.'
        )
    return result.success()


def check_driver() -> result.Result:
    """Check that records of the configured backup driver can be imported."""
    driver = CONF.backup_driver
    name = drivers.renamed(driver)
    loaded, errors = _load(loading.ENTRY_POINTS, name)
    if errors:
        return result.failure(
            'The code that reads the backup repository cannot be loaded, and '
            f'imports are refused: {"; ".join(errors)}. Install the plugin '
            'and its dependencies again, and restart cinder-backup.'
        )
    if loaded or {driver, name} & set(CONF.backup_meta.allowed_drivers):
        return result.success()
    return result.failure(
        f'backup_driver is {driver}. The plugin does not know where it keeps '
        'its backups, and imports are refused: ask its vendor for a plugin '
        'in cinder_backup_meta.repositories, or add it to allowed_drivers in '
        '[backup_meta] if all records can be trusted.'
    )


def _load(
    group: str, name: str | None = None
) -> tuple[list[typing.Any], list[str]]:
    """Load entry points; return what was loaded, and the errors."""
    errors: list[str] = []

    def note(_manager: typing.Any, point: typing.Any, error: object) -> None:
        errors.append(f'{point.value}: {error}')

    found: Iterable[typing.Any]
    if name is None:
        found = stevedore.ExtensionManager(
            group, on_load_failure_callback=note
        )
    else:
        found = stevedore.NamedExtensionManager(
            group,
            names=[name],
            on_load_failure_callback=note,
            warn_on_missing_entrypoint=False,
        )
    return list(found), errors
