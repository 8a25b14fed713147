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

"""The REST resource ``backup-records`` of cinder-api.

What enters is an HTTP request that Cinder has authenticated and routed; what
leaves is the body of the answer, or an exception that Cinder answers.

============================  ===============================================
:mod:`.extension`             the routes
:mod:`.schemas`               JSON schemas of the request bodies
:mod:`.parameters`            query strings, and the checks of bodies that a
                              schema cannot express
:mod:`.controller`            the handlers, which call
                              :mod:`cinder_backup_meta.api`
:mod:`.views`                 the bodies of the answers
:mod:`.answers`               JSON schemas of the answers, for the tests
============================  ===============================================
"""
