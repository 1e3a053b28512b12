"""Hands a command to `msgraph-user serve`, which stays for the next ones of this container."""
import binascii
import json
import os
import re
import subprocess
import sys

PROGRAM = os.environ.get('MSGRAPH_USER_BIN') or 'msgraph-user'
HELLO = {'id': 0, 'method': 'initialize', 'params': {'capabilities': {'integrationContext': True, 'log': True, 'scheduledCommands': True}}}


def converse(server, call):
    """Returns the server's answer, and answers what it asks meanwhile; None where it was gone before it took the call."""
    greeted = False
    try:
        send(server, HELLO, call)
        for line in server.stdout:
            message = json.loads(line)
            if 'method' in message:
                take(server, message)
            elif message['id'] != 0:
                return message
            greeted = True
    except BrokenPipeError:
        pass
    except BaseException:
        server.kill()  # from here on, its messages cannot be matched to commands
        raise
    if greeted:
        raise EOFError('%s ended before it answered (exit status %s). If the command changes something, check whether it '
                       'did before you run it again.' % (PROGRAM, server.wait()))


def settle(server):
    """Answers what the server asks while it keeps, for the next call, what the platform has been given."""
    try:
        for line in server.stdout:
            message = json.loads(line)
            if message.get('method') == '$/settled':
                return
            if 'method' in message:
                take(server, message)
    except BaseException:
        server.kill()
        raise


def send(server, *messages):
    server.stdin.write(''.join(json.dumps({'jsonrpc': '2.0', **message}) + '\n' for message in messages).encode())
    server.stdin.flush()


def take(server, message):
    """Passes the server's log on, and asks the platform what the server asks."""
    method, params = message['method'], message['params']
    answer = {'id': message.get('id')}
    try:
        if method == 'log':
            getattr(demisto, params['level'], demisto.info)(params['message'])
        elif params.get('instance', '') != (demisto.integrationInstance() or ''):
            raise ValueError('this is a command of another instance')
        elif method == 'getIntegrationContext':
            answer['result'] = demisto.getIntegrationContext()
        elif method == 'setIntegrationContext':
            answer['result'] = demisto.setIntegrationContext(params['value'])
    except ValueError as e:
        answer['error'] = {'code': -32603, 'message': str(e)}
    if 'id' in message:
        send(server, answer)


def handed_over(entry):
    """Returns the entry as the platform takes it: a file's bytes are put into the working directory."""
    if entry['Type'] == 3:
        entry.update(Contents='', FileID=demisto.uniqueFile())
        try:
            with open('%s_%s' % (demisto.investigation()['id'], entry['FileID']), 'wb') as f:
                f.write(binascii.a2b_base64(entry.pop('FileData', '')))
        except OSError as e:
            return error('The command was carried out, but its file %s could not be handed to the platform: %s. What the '
                         'command made is there all the same: remove it, give the container a working directory that it can '
                         'write to, and run the command again.' % (entry['File'], e))
    return entry


def arguments():
    """Returns the command's arguments; a file that an entry of the War Room holds goes along as its bytes."""
    args = dict(demisto.args() or {})
    if args.get('entry_id') and not args.get('file'):
        try:
            with open(demisto.getFilePath(args['entry_id'])['path'], 'rb') as f:
                args['file'] = binascii.b2a_base64(f.read(), newline=False).decode()
        except OSError as e:
            raise ValueError('The file of the entry %s cannot be read: %s. Nothing was sent.' % (args['entry_id'], e))
        del args['entry_id']
    return args


def profiles_of(metadata):
    """Returns the ways in which a connector signs in: the name of each's credentials, and which field goes to which parameter."""
    profiles = []
    for profile in metadata.get('connectionProfiles') or []:
        mapping = ((profile.get('metadata') or {}).get('xsoar') or {}).get('interpolation_mapping')
        pairs = [pair.partition(':') for pair in (mapping if isinstance(mapping, str) else '').split(',')]
        fields = [(name.strip(), [part for part in path.strip().split('.') if part]) for name, _, path in pairs]
        fields = [field for field in fields if all(field)]
        if fields and profile.get('capability') == 'automation-and-remediation':
            profiles.append((profile.get('method_unique_id'), fields))
    return profiles


def filled(params, connector, profiles):
    """Returns the parameters with the credentials of the connector that manages the instance in their places."""
    hint = 'Check the connector\'s connection and sign in to it again. The instance\'s own form is not used.'
    sent = params.get('ucp_credentials') or {}
    params = json.loads(json.dumps({name: value for name, value in params.items() if name != 'ucp_credentials'}))
    for method, fields in profiles:
        try:
            credentials = sent.get(method) or method and demisto.getUCPCredentials(method)
        except Exception as e:
            raise ValueError('The credentials of the connector "%s", which manages this instance, could not be read: %s. %s' % (connector, e, hint))
        if isinstance(credentials, list) and len(credentials) == 1:
            credentials = credentials[0]
        envelope = credentials if isinstance(credentials, dict) else {}
        kind = envelope.get('type')
        values = envelope.get(kind) if isinstance(envelope.get(kind), dict) else envelope
        values = values['parameters'] if isinstance(values.get('parameters'), dict) else values
        found = [(values.get('key' if (kind, name) == ('api_key', 'api_key') else name), path) for name, path in fields]
        found = [(value, path) for value, path in found if value is not None]
        if not found:
            raise ValueError('The connector "%s", which manages this instance, returns no credentials. %s' % (connector, hint))
        for value, path in found:
            place(params, path, value)
    return params


def place(target, path, value):
    for part in path[:-1]:
        if not isinstance(target.get(part), dict):
            target[part] = {}
        target = target[part]
    target[path[-1]] = value


def explained(failure, connector, profiles):
    """Returns the text of an error; one about credentials names the connector that they come from."""
    of_connector = (failure.get('data') or {}).get('parameter') in [path[0] for _, fields in profiles for _, path in fields]
    if profiles and (failure['code'] == -32001 or of_connector):
        return '%s The connector "%s" manages this instance: correct it there.' % (failure['message'], connector)
    return failure['message']


def outcomes(failure):
    """Returns the entry that says what became of each user of a call of many; none where that is not known."""
    results = (failure.get('data') or {}).get('results')
    if not results:
        return []
    rows = [[plain(result[name]) for name in ('User', 'Status', 'Message')] for result in results]
    table = ''.join('| %s |\n' % ' | '.join(row) for row in [['User', 'Outcome', 'Detail'], ['---'] * 3] + rows)
    return [{'Type': 1, 'ContentsFormat': 'json', 'Contents': results, 'HumanReadable': '### %s\n%s' % (results[0]['Command'], table),
             'EntryContext': {'MSGraphUser.BulkResult(val.User && val.User == obj.User && val.Command == obj.Command)': results}}]


def plain(text):
    """Returns the text as a cell of a Markdown table shows it."""
    return re.sub(r'([\\`*_|<>\[\]])', r'\\\1', ' '.join(text.split()))


def error(text):
    return {'Type': 4, 'ContentsFormat': 'text', 'Contents': text}


def run():
    """Runs the command, and hands its entries over."""
    context = demisto.callingContext.get('context', {})  # its incidents can be megabytes, and no command reads them
    metadata = getattr(demisto, 'unifiedConnectorMetadata', dict)() or {}
    connector, profiles = metadata.get('connectorName') or metadata.get('connectorId') or 'without a name', profiles_of(metadata)
    params = demisto.params()
    call = {'id': 1, 'method': demisto.command(), 'params': {
        'args': arguments(), 'params': (filled(params, connector, profiles) if profiles else params) or None,
        'context': {name: context[name] for name in ('Inv', 'IntegrationInstance') if name in context}}}
    answer = hasattr(sys, 'msgraph_user') and converse(sys.msgraph_user, call)
    if not answer:
        sys.msgraph_user = subprocess.Popen([PROGRAM, 'serve'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        answer = converse(sys.msgraph_user, call)
    if not answer:
        raise EOFError('%s ended at once (exit status %s).' % (PROGRAM, sys.msgraph_user.wait()))
    if 'error' in answer:
        demisto.results(outcomes(answer['error']) + [error(explained(answer['error'], connector, profiles))])
        return
    for text in answer['result'].get('advice', []):
        demisto.info(text)
    demisto.results([handed_over(entry) for entry in answer['result']['entries']])
    if answer['result'].get('unsettled'):
        settle(sys.msgraph_user)


try:
    run()
except OSError as e:
    demisto.results(error('%s cannot be started: %s. Use the image that has it, or let MSGRAPH_USER_BIN name it.' % (PROGRAM, e)))
except Exception as e:
    demisto.results(error(str(e)))
