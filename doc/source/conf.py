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

"""Sphinx's configuration for the documentation."""

import os
import sys

sys.path.insert(0, os.path.abspath('../ext'))

project = 'cinder-backup-meta'
copyright = '2026, cinder-backup-meta contributors'

extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'command_arguments',
    'record_fields',
]

master_doc = 'index'
exclude_patterns = []
add_module_names = False
pygments_style = 'native'

html_theme = 'openstackdocs'
html_static_path = ['_static']

# The theme would link to a bug tracker and a repository of OpenStack's.
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_repo_name = ''
openstackdocs_bug_project = ''
version = ''
release = ''
