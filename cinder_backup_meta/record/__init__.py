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

"""The record of a backup: the record string, its fields and its limits.

Record strings come in and values by field name go out, and the other way
round. Nothing here needs Cinder or the network: cinder-api, cinder-backup and
the client at a workstation all use it.

``codec`` reads and writes a record string, with ``strict_json`` as its JSON
parser and ``limits`` as its bounds. ``fields`` is the table of fields: a field
that a new release of Cinder exports is added there. ``values`` reads the
single values. ``results`` has the outcomes of an import and their summary.
"""
