/** What `--help` says. */

export const HELP = `usage: omadm COMMAND [OPTION...]

commands
  device      a DM device that talks to a server over HTTP: to test servers with

  omadm COMMAND --help    the options of a command
  omadm --version         the version of this package`;

export const DEVICE_HELP = `usage: omadm device --url URL [OPTION...]

Holds a management session with the DM server at URL, as a device does. What it begins there and has an outcome is told in further sessions.

who talks to whom
  --url URL                 the address of the server
  --device-id ID            what the device is called (IMEI:004999010640000)
  --server-id ID            what the server is called, in its account and in access control lists (omadm)
  --user NAME               with --password: how the device proves itself, in DM 2.0 by HTTP Basic; without, it does not
  --password TEXT           better in the environment, as OMADM_PASSWORD: arguments show in lists of processes
  --server-user NAME        with --server-password: how the server has to prove itself; without, it has not to
  --server-password TEXT    or OMADM_SERVER_PASSWORD
  --auth SCHEME             basic, md5, hmac or sha256, for both (md5)
  --server-auth SCHEME      another one for the server

how it talks
  --version VERSION         of DM: 1.1, 1.2, 1.3 or 2.0 (1.2)
  --dialect DIALECT         of DM 2.0: draft or approved (draft)
  --origin URL              https://HOST where commands of DM 2.0 may fetch, send and go on, beside that of --url; may be repeated;
                            nothing that proves the device goes there
  --wbxml                   WBXML instead of XML
  --max-msg-size OCTETS     the largest message that it takes
  --max-obj-size OCTETS     the largest object that it takes
  --header 'NAME: VALUE'    one more header of HTTP; may be repeated
  --timeout SECONDS         for an answer (30)
  --retry N                 sends the same octets again where no answer comes, or 408, 425, 429, 502, 503 or 504 (0);
                            never package 3 of the approved dialect, which would count twice
  --seed TEXT               randomness and clock are the same in every run: to the same answers it sends the same octets

what it is and does
  --tree FILE               its management tree, told by content: values as JSON, a serialised tree (TNDS), descriptions (DDF); may be repeated
  --objects LIST            plugged into it: fumo (firmware), scomo (software), windows; with commas between them
  --implicit-add            Add makes missing parents
  --tree-alerts             tells in DM 1.3 what has changed in the tree since the last session
  --script FILE             JSON: answers to interactions, results of Exec, alerts to raise; docs/device.md shows it
  --notification HEX|@FILE  Package#0, or a WAP Push of one: where it is the server's, the session that it asks for is held; needs --server-user,
                            but in DM 2.0
  --notification-secret S   proves notifications of DM 2.0, with --notification-nonce: text, or hex: and digits; or OMADM_NOTIFICATION_SECRET
  --notification-nonce N    of the draft dialect the nonce, of the approved what is hashed behind the notification
  --bootstrap               the first session tells that the device was bootstrapped; DM 2.0
  --resync                  takes one under the nonce of four zero octets, too, and renews the nonces
  --sessions N              holds N sessions (one, and more while there is an outcome to tell, at most 10)
  --state FILE              keeps nonces, tree and what goes on between runs; made if it is not there, for nobody else to read;
                            where it is there, --tree and the alerts of the script do not count

what you see
  -v, --verbose             every message, readably; credentials, nonces and tokens are hidden
  --show-secrets            does not hide them
  --json                    one line of JSON for each thing that happens; with -v the messages too
  --record DIR              the transcript: 01-client.xml (.wbxml, .json), 01-server.xml, ... and .headers, octet for octet, with credentials

many devices
  --devices N               N of them; {n} in --device-id and --user is the number of each (IMEI:{n})
  --concurrency C           so many at once (50)

exit status
  0 all went well   1 a session failed, or the notification is ignored   2 wrong options or files   130 interrupted: the server is told, Alert 1223

examples
  OMADM_PASSWORD=secret omadm device --url https://mgmt.example/dm --user device -v
  omadm device --url http://127.0.0.1:8787/dm --version 1.3 --wbxml --tree values.json --script answers.json
  omadm device --url http://127.0.0.1:8787/dm --objects fumo --record transcript
  omadm device --url http://127.0.0.1:8787/dm --devices 500 --concurrency 100 --device-id 'IMEI:{n}' --json
  omadm device --url http://127.0.0.1:8787/dm --seed 7 --state device.json
  omadm device --url http://127.0.0.1:8787/dm --server-user desk --state device.json --notification @package0.bin
  omadm device --url https://mgmt.example/dm --version 2.0 --dialect approved --user device --tree pump.json --origin https://repository.example -v`;
