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

"""cinder-backup-meta-status: whether an installation is complete.

It runs on a host of cinder-api or cinder-backup, in a process of its own. It
reads the configuration and the databases, changes nothing, and prints what is
wrong and how to correct it.
"""

import sys
import traceback
import typing

from cinder_backup_meta import host_service

PROGRAM = 'cinder-backup-meta-status'

#: The exit status of oslo.upgradecheck if it could not check.
UNEXPECTED = 255


def main(argv: typing.Sequence[str] | None = None) -> int:
    """Run ``upgrade check``.

    :returns: the exit status: 0 if all is well, 1 if there are warnings, 2 if
        something does not work, 255 if that could not be found out; arguments
        that are not understood end the process with 2
    """
    if not host_service.is_installed(PROGRAM):
        return UNEXPECTED
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except Exception:
        # Python would exit with 1, which means a warning here.
        traceback.print_exc()
        return UNEXPECTED


def _run(arguments: list[str]) -> int:
    host_service.prepare_command()
    # These come with Cinder, or import it.
    from oslo_config import cfg

    from cinder_backup_meta.cmd.status import command

    try:
        return command.run(arguments)
    except cfg.Error as error:
        line = ' '.join(str(error).split())
        sys.stderr.write(f'{PROGRAM}: error: {line}\n')
        return UNEXPECTED
