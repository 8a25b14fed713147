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

"""Server half of the RPC interface; the client half is ``rpcapi``.

An endpoint is a class that is constructed with the backup manager and named
by an entry point in the group ``cinder_backup_meta.endpoints``. Its public
methods can be called remotely, so helpers begin with an underscore.
"""

import typing

import stevedore

from cinder_backup_meta import log as logging

LOG = logging.getLogger(__name__)

ENTRY_POINTS = 'cinder_backup_meta.endpoints'


def load(manager: typing.Any) -> list[typing.Any]:
    """Return every endpoint that can be loaded, made for ``manager``.

    An endpoint that cannot be loaded is logged and skipped: cinder-backup must
    start without it.
    """
    loaded = stevedore.ExtensionManager(
        ENTRY_POINTS,
        invoke_on_load=True,
        invoke_args=(manager,),
        on_load_failure_callback=_report_failure,
    )
    return [extension.obj for extension in loaded]


def _report_failure(
    manager: typing.Any, entry_point: typing.Any, error: BaseException
) -> None:
    LOG.error(
        'The RPC endpoint %(name)s (%(value)s) cannot be loaded; its '
        'methods are not served: %(error)s',
        {
            'name': entry_point.name,
            'value': entry_point.value,
            'error': error,
        },
    )
