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

"""The names of backup drivers, and which drivers are Cinder's own.

A record or a request names a backup driver by its class path, or by its
module path if it comes from Cinder 11.0 or older. Cinder compares by prefix
(``BackupManager._is_our_backup``), where an empty name matches every driver;
here two names either mean the same driver or do not.
"""

import typing

from cinder.backup import driver as cinder_driver
from cinder.backup import manager

_IN_TREE = 'cinder.backup.drivers.'


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
