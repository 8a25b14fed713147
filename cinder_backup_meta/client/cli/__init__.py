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

"""What the commands of ``cinder`` and ``openstack`` have in common.

Parsed arguments come in; reports, progress on the standard error and exit
codes go out. It runs in those two programs, at a workstation.

``arguments`` has the options with their help, ``commands`` carries them out,
``exits`` has the exit codes and ``progress`` shows the progress of long work.
"""
