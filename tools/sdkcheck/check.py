"""Checks the content pack with the platform's public SDK: every path-based check that needs neither network nor graph database.

Run it with the interpreter of an environment that has demisto-sdk, from the top of the repository:

    python3 -m venv ~/sdk && ~/sdk/bin/pip install demisto-sdk
    ~/sdk/bin/python tools/sdkcheck/check.py

It checks the pack as it is, then packs that are broken on purpose, which have to fail. The exit status says whether both is so.
"""
import inspect
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What the SDK reads of a content repository besides the pack. The names of categories
# and policies are those of the platform's public repository.
REPOSITORY = {
    'Config/approved_categories.json': {'approved_list': ['Endpoint', 'Identity and Access Management', 'Network Security']},
    'Config/approved_usecases.json': {'approved_list': ['Identity And Access Management']},
    'Config/approved_tags.json': {'approved_list': {'common': [], 'xsoar': [], 'marketplacev2': [], 'xpanse': [], 'platform': []}},
    'Config/compliant_policies.json': {'policies': [
        {'name': 'User Soft Remediation', 'category': 'IAM', 'arguments': ['user', 'user_id']},
        {'name': 'User Hard Remediation', 'category': 'IAM', 'arguments': ['user']}]},
    'Tests/conf.json': {'tests': [], 'skipped_tests': {}, 'skipped_integrations': {}},
}

# Checks that the SDK runs on what git calls changed, and that need no earlier version.
# BA129, which asks for a policy on every command of a user, is left out: the platform's
# policies name six of these commands.
ALSO = '''BA103 BA112 BA124 BA125 BA130 BA131 BA132 BA133 BA134 DS108 IM100 IM106 IM109 IN115 IN117 IN118 IN168
RM101 RM108 RM109 RM117 RN103 RN112 ST111'''.split()

RAN = 'ran.txt'  # the file that the checks are written down in
RECORDING = '--recording'

# Checks that ask Docker Hub, or the platform's list of images.
NETWORK = ['DO103', 'DO105', 'DO106']

YML = 'Integrations/MicrosoftGraphUser/MicrosoftGraphUser.yml'
BROKEN = {
    'a category that does not exist': (YML, 'category: Identity and Access Management', 'category: Identity', 'IN104'),
    'an image of nobody the platform trusts': (YML, 'dockerimage: demistoextended/', 'dockerimage: somebody/', 'DO101'),
    'an image without a version': (YML, re.compile(r'dockerimage: (\S+):\S+'), r'dockerimage: \1:latest', 'DO100'),
    'a policy that does not exist': (YML, 'User Hard Remediation', 'User Medium Remediation', 'BA112'),
    'a module that does not exist': (YML, '- xsiam', '- xsoar_module', None),
}


def main():
    global __file__
    __file__ = os.path.abspath(__file__)
    with tempfile.TemporaryDirectory() as directory:
        content = pathlib.Path(directory)
        write_repository(content)
        os.environ.update(DEMISTO_SDK_IGNORE_CONTENT_WARNING='1', DEMISTO_SDK_CONTENT_PATH=directory, DEMISTO_SDK_SKIP_VERSION_CHECK='1',
                          DEMISTO_SDK_LOG_NO_COLORS='1')
        config, chosen, left = choose(content)
        status, output = validate(content, config)
        if not (content / RAN).exists():
            sys.exit('the SDK checked nothing:\n' + output)
        ran = sorted(set((content / RAN).read_text().split()))
        print('%d checks chosen; %d of them found something to look at in the pack:\n  %s' % (len(chosen), len(ran), ' '.join(ran)))
        print('left out, because they need\n  %s' % '\n  '.join('%s: %s' % (why, ' '.join(codes)) for why, codes in left.items()))
        print('the pack: %s' % ('passes' if status == 0 else 'FAILS\n' + findings(output)))
        failed = status != 0
        for name, (path, old, new, code) in BROKEN.items():
            failed |= not refused(content, config, name, path, old, new, code)
        sys.exit(failed)


def write_repository(content):
    """Writes a content repository that holds nothing but the pack."""
    for path, value in REPOSITORY.items():
        (content / path).parent.mkdir(parents=True, exist_ok=True)
        (content / path).write_text(json.dumps(value))
    pack = content / 'Packs' / 'EntraIDUsers'
    subprocess.run(['go', 'run', '.', 'pack', str(pack)], check=True, stdout=subprocess.DEVNULL)
    for command in (['init', '-q', '-b', 'master'], ['add', '-A'], ['-c', 'user.name=pack', '-c', 'user.email=pack@localhost', 'commit', '-qm', 'pack']):
        subprocess.run(['git', '-C', str(content)] + command, check=True)


def choose(content):
    """Writes the configuration of the checks, and returns its path, the checks, and those that are left out by what they need."""
    os.chdir(content)  # the SDK looks around as soon as it is imported
    import toml
    import demisto_sdk.commands.validate as validation
    from demisto_sdk.commands.validate.validators.base_validator import get_all_validators
    settings = toml.load(pathlib.Path(validation.__file__).with_name('sdk_validation_config.toml'))
    wanted = set(settings['path_based_validations']['select']) | set(ALSO)
    graph = {validator.error_code for validator in get_all_validators() if needs_graph(type(validator))}
    left = {'a graph database': sorted(wanted & graph), 'the network': sorted(wanted & set(NETWORK))}
    chosen = sorted(wanted - graph - set(NETWORK))
    settings['path_based_validations'] = {'select': chosen, 'warning': []}
    config = content / 'checks.toml'
    config.write_text(toml.dumps(settings))
    return config, chosen, left


def needs_graph(validator):
    return any('self.graph' in inspect.getsource(kind) for kind in validator.__mro__ if '_validators' in kind.__module__)


def validate(content, config):
    """Runs the SDK's command, and returns its exit status and what it said."""
    command = [sys.executable, __file__, RECORDING, 'validate', '-i', 'Packs/EntraIDUsers', '--config-path', str(config)]
    done = subprocess.run(command, cwd=content, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def run_recording(arguments):
    """Is the SDK's command line, which also writes down the checks that have something to look at."""
    from demisto_sdk.commands.validate.validate_manager import ValidateManager
    every = ValidateManager.filter_validators

    def recorded(self):
        validators = every(self)
        for validator in validators:
            check = record(validator.error_code, validator.obtain_invalid_content_items)
            object.__setattr__(validator, 'obtain_invalid_content_items', check)  # a model that takes no other fields
        return validators

    def record(code, check):
        def recording(*items):
            with open(RAN, 'a') as file:
                file.write(code + '\n')
            return check(*items)
        return recording

    ValidateManager.filter_validators = recorded
    from demisto_sdk.__main__ import app
    sys.argv[1:] = arguments
    app()


def findings(output):
    return '\n'.join(line for line in output.splitlines() if re.search(r'\[[A-Z]{2}\d{3}\]|Error|exception', line))


def refused(content, config, name, path, old, new, code):
    """Breaks the pack, and reports whether the SDK sees it."""
    file = content / 'Packs' / 'EntraIDUsers' / path
    whole = file.read_text()
    broken = re.sub(old, new, whole)
    assert broken != whole, 'nothing to break: %s' % name
    file.write_text(broken)
    status, output = validate(content, config)
    file.write_text(whole)
    seen = status != 0 and (code is None or code in output)
    print('%s: %s' % (name, 'refused' if seen else 'NOT SEEN\n' + output[-2000:]))
    return seen


if sys.argv[1:2] == [RECORDING]:
    run_recording(sys.argv[2:])
else:
    main()
