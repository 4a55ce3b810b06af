# SPDX-License-Identifier: Apache-2.0
"""Whether an upload is what Datadog takes, as far as can be known without Datadog.

`structure` is what all of Datadog's clients have in common; conformance_test.py holds a genuine one against it too, so
that the rules are not tuned to what mutray sends. `lock_profile` is what is asked of profiles of locks besides.

A profile is first decoded by a program that is not mutray's: `decode_js` by npm's pprof-format, into a dictionary as
pprof_json.js prints it.
"""
import json
import re
import subprocess

from capture import event, parts

EVENT_KEYS = {'attachments', 'tags_profiler', 'start', 'end', 'family', 'version', 'endpoint_counts', 'process_tags', 'info'}
TAGS = {'service', 'language', 'runtime-id', 'profiler_version', 'process_id'}
TIME = r'\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z'
LOCK_NAME = r'[^:/]+:\d+(:[A-Za-z_]\w*)?'
LOCK_TYPES = [['lock-acquire-wait', 'nanoseconds'], ['lock-acquire', 'count'],
              ['lock-release-hold', 'nanoseconds'], ['lock-release', 'count']]


class Violation(AssertionError):
    """A rule that an upload breaks."""


def demand(condition, rule):
    if not condition:
        raise Violation(rule)


def request(upload):
    """The request as such: its parts, the event, the tags. The value is the profiles by file name."""
    demand((upload.method, upload.path) == ('POST', '/profiling/v1/input'), 'POST /profiling/v1/input')
    demand(upload.headers.get('dd-evp-origin') and upload.headers.get('dd-evp-origin-version'), 'origin is named')
    found = parts(upload)
    demand('event' in found and found['event'].headers['filename'] == 'event.json', 'there is event.json')
    profiles = {part.headers['filename']: part.body for name, part in found.items() if name != 'event'}
    told = event(upload)
    demand(sorted(told['attachments']) == sorted(profiles), 'attachments are the other parts')
    demand(EVENT_KEYS <= set(told), f'event.json lacks {EVENT_KEYS - set(told)}')
    demand(told['version'] == '4', 'version is the text 4')
    for key in 'start', 'end':
        demand(re.fullmatch(TIME, told[key]), f'{key} is a time')
    demand(told['start'] < told['end'], 'it starts before it ends')
    tags(told['tags_profiler'])
    for name in 'entrypoint.name', 'entrypoint.workdir', 'svc.':
        demand(name in told['process_tags'], f'process tag {name}')
    return profiles


def tags(text):
    pairs = [tag.split(':', 1) for tag in text.split(',')]
    demand(all(len(pair) == 2 and pair[0] and pair[1] for pair in pairs), 'every tag has a key and a value')
    demand(TAGS <= {key for key, _ in pairs}, 'tags every client has')


def contiguous(uploads):
    events = [event(upload) for upload in uploads]
    for before, after in zip(events, events[1:]):
        demand(before['end'] == after['start'], 'a profile begins where the one before ended')


def number(value):
    return int(value['big']) if isinstance(value, dict) else value


def decode_js(path, node, script):
    return json.loads(subprocess.run([*node, script, path], check=True, capture_output=True, text=True).stdout)


def structure(profile):
    """What every pprof profile must be."""
    strings, types = profile['strings'], profile['types']
    demand(strings[0] == '' and len(strings) == len(set(strings)), 'strings begin with "" and are there once')
    demand(types and all(all(pair) for pair in types), 'sample types are named')
    demand(profile['period_type'] in types and number(profile['period']) > 0, 'the period is of a sample type')
    demand(number(profile['time']) > 0 and number(profile['duration']) >= 0, 'it has a time')
    identities = {}
    for kind, items in (('location', [item['id'] for item in profile['locations']]), ('function', profile['functions']),
                        ('mapping', profile['mappings'])):
        identities[kind] = {number(item) for item in items}
        demand(identities[kind] == set(range(1, len(items) + 1)), f'{kind} numbers are dense')
    for location in profile['locations']:
        demand(number(location['mapping']) in identities['mapping'] | {0}, 'mappings of locations are there')
        demand({number(f) for f in location['functions']} <= identities['function'], 'functions of locations are there')
    for sample in profile['samples']:
        demand(len(sample['values']) == len(types), 'a value for each sample type')
        demand({number(location) for location in sample['locations']} <= identities['location'], 'locations are there')
        keys = [key for key, _ in sample['labels']]
        demand(all(keys) and len(keys) == len(set(keys)), 'a label key once in a sample')


def lock_profile(profile, longest_hold_ns):
    """What profiles of locks must be besides: see ARCHITECTURE.md, The profile."""
    demand(profile['types'] == LOCK_TYPES and profile['period_type'] == LOCK_TYPES[0], 'the four sample types')
    demand(number(profile['duration']) > 0, 'it lasted')  # of dd-trace's, heap profiles have no duration
    for sample in profile['samples']:
        labels = dict(sample['labels'])
        wait, acquires, hold, releases = (number(value) for value in sample['values'])
        demand(re.fullmatch(LOCK_NAME, str(labels.get('lock name'))), f'lock name {labels.get("lock name")}')
        demand((acquires > 0) != (releases > 0), 'a sample is of acquires or of releases')
        demand(wait >= 0 and (acquires > 0 or wait == 0), 'only acquires wait')
        demand(0 <= hold <= longest_hold_ns * max(releases, 1) and (releases > 0 or hold == 0), 'only releases hold')
        for key in 'thread id', 'thread native id':
            demand(isinstance(labels.get(key), dict) and number(labels[key]) > 0, f'{key} is a number')
