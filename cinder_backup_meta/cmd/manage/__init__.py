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

"""cinder-backup-meta-manage: the plugin's own database, and repairs.

It runs on a host of cinder-backup, in a process of its own, with one module
for each sub-command. It works on the two databases and, for some of the
sub-commands, on the backup repository; none of Cinder's services has to run.
"""

import sys
import typing

from cinder_backup_meta import host_service

PROGRAM = 'cinder-backup-meta-manage'


def main(argv: typing.Sequence[str] | None = None) -> int:
    """Run a sub-command.

    :returns: the exit status: 0 if what was requested is done, 1 if it
        failed, 2 if the configuration files cannot be read, 3 if ``check`` has
        found a difference; arguments that are not understood end the process
        with 2
    """
    if not host_service.is_installed(PROGRAM):
        return 1
    host_service.prepare_command()
    # This imports Cinder, and must come after the preparation.
    from cinder_backup_meta.cmd.manage import command

    return command.run(PROGRAM, sys.argv[1:] if argv is None else list(argv))
