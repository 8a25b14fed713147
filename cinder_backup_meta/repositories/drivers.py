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

"""Names of backup drivers: when do two of them mean the same one.

A record or a request names a backup driver by class path, or by module path
if it comes from Cinder 11.0 or older. Cinder compares by prefix
(``BackupManager._is_our_backup``), so that an empty name fits every driver;
here a name is either the same driver's or it is not.
"""

from cinder.backup import manager


def renamed(class_path: str) -> str:
    """Return the class path of today of a driver that Cinder has renamed.

    :param class_path: as in ``backup_driver``; returned as it is, if Cinder
        has not renamed it
    """
    return str(manager.MAPPING.get(class_path, class_path))


def _current(name: str) -> str:
    """Return the class path of today for one that Cinder has renamed."""
    for old, new in manager.MAPPING.items():
        if name in (old, _module(old)):
            return new
    return name


def _module(class_path: str) -> str:
    return class_path.rpartition('.')[0]


def is_driver(name: str | None, class_path: str) -> bool:
    """Tell whether a name is that of the driver with this class path.

    :param name: class path or module path of a driver, of today or from
        before Cinder renamed it
    :param class_path: class path of the driver to compare with
    """
    if not name:
        return False
    current = _current(class_path)
    return _current(name) in (current, _module(current))
