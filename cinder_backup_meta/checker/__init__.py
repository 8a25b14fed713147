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

"""Comparing the catalog, Cinder's rows, the quota and the backup repository.

An administrator's context, the repository of a host's backup driver and the
wanted comparisons enter; a report of :mod:`~.findings` leaves, each with a
stable code. It runs in the command ``cinder-backup-meta-manage``.

:mod:`~.checks` begins the comparisons, each of which has a module:
:mod:`~.rows`, :mod:`~.catalog`, :mod:`~.quota` and :mod:`~.repository`. They
write nothing. :mod:`~.repair` and :mod:`~.counts` also correct what they find.
"""
