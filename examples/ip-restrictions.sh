#!/bin/sh
# Only from your own networks: an endpoint that chooses its visitors, then rules for all visitors and all agents of an account,
# made and changed through the API. The edge decides who gets in, and decides anew when a rule changes.
# Visitors come from 127.0.0.1 and 127.0.0.2, which is why this needs Linux; nobody is in 192.0.2.0/24. The rules hold for
# everything in the account: use one that nobody else needs for these seconds. They are deleted at the end.
# In an empty folder on the machine of `npm start`, with a service on port 3000 and the API key that was printed:
#
#   ADIT_CONFIG=.../.adit/agent.yml ADIT_CONNECT_CAS=.../.adit/tls/ca.pem ADIT_API_KEY=adit_ak_... \
#     sh .../examples/ip-restrictions.sh 3000
set -eu
# This clone's `adit`. In an empty folder npx would fetch a package that only has its name.
PATH="$(cd "$(dirname "$0")/../node_modules/.bin" && pwd):$PATH"
port=$1

agents=
made=
clean_up() {
  trap '' HUP INT TERM
  kill $agents 2>/dev/null || true
  for each in $made; do
    [ -z "${each#*/}" ] || adit api "${each%/*}" delete "${each#*/}" >/dev/null || echo "Please delete $each yourself." >&2
  done
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# Makes one of the resource $1 through the API, with the options that follow; sets $id. In one step, so that no signal comes
# between what is made and the note of it.
make() {
  resource=$1
  shift
  made="$resource/$(adit api "$resource" create "$@" | sed -n 's/^id  *//p') $made"
  id=${made%% *}
  id=${id#*/}
  [ -n "$id" ]
}

# Makes a policy, called $1, that allows the addresses $2; sets $policy and $rule.
make_policy() {
  make ip-policies --description "$1"
  policy=$id
  make ip-policy-rules --ip-policy-id "$policy" --action allow --cidr "$2"
  rule=$id
}

# Starts an agent, called $1, with the options that follow, and waits for its endpoint; sets $url.
open_endpoint() {
  name=$1
  shift
  adit http "$port" "$@" > "$name.log" &
  agents="$agents $!"
  url=
  while [ -z "$url" ]; do
    kill -0 $!
    sleep 0.2
    url=$(sed -n 's/.*"msg":"started tunnel".*"url":"\([^"]*\)".*/\1/p' "$name.log" 2>/dev/null || true)
  done
}

# Visits from the address $1; sets $outcome: welcome, the code of the refusal, or cut, where it comes upon the change itself.
visit() {
  outcome=cut
  if status=$(curl --silent --interface "$1" --cacert "$ADIT_CONNECT_CAS" --dump-header headers --output answer \
    --write-out '%{http_code}' "$url"); then
    code=$(grep -i '^adit-error-code:' headers | tr -d '\r' | cut -d ' ' -f 2)
    outcome=${code:-welcome}
  fi
  echo "  a visitor from $1: $status $outcome"
}

# A visitor from $1 must find $2, now.
finds() {
  visit "$1"
  [ "$outcome" = "$2" ] || fail "$2"
}

# As `finds`, within two seconds, which the server promises.
soon_finds() {
  looks=1
  visit "$1"
  while [ "$outcome" != "$2" ]; do
    [ $looks -lt 10 ] || fail "$2"
    looks=$((looks + 1))
    sleep 0.2
    visit "$1"
  done
}

fail() {
  echo "It should have been: $1!"
  exit 1
}

echo 'An endpoint that allows 127.0.0.0/8, but for 127.0.0.2:'
open_endpoint choosy --cidr-allow 127.0.0.0/8 --cidr-deny 127.0.0.2/32
finds 127.0.0.1 welcome
finds 127.0.0.2 ERR_ADIT_3205

make_policy visitors 127.0.0.1/32
rule_of_visitors=$rule
make ip-restrictions --type endpoints --enforced --ip-policy-ids "$policy"
echo 'An endpoint that allows everybody, in an account that allows visitors from 127.0.0.1:'
open_endpoint open
finds 127.0.0.1 welcome
finds 127.0.0.2 ERR_ADIT_3205

adit api ip-policy-rules update "$rule_of_visitors" --cidr 192.0.2.0/24 >/dev/null
echo 'Visitors are allowed from 192.0.2.0/24 only:'
soon_finds 127.0.0.1 ERR_ADIT_3205
adit api ip-policy-rules update "$rule_of_visitors" --cidr 127.0.0.1/32 >/dev/null
echo 'And from 127.0.0.1 again:'
soon_finds 127.0.0.1 welcome

make_policy agents 127.0.0.1/32
make ip-restrictions --type agent --enforced --ip-policy-ids "$policy"
echo 'Agents are allowed from 127.0.0.1, where they are:'
finds 127.0.0.1 welcome
adit api ip-policy-rules update "$rule" --cidr 192.0.2.0/24 >/dev/null
echo 'Agents are allowed from 192.0.2.0/24 only, and their endpoints go with them:'
soon_finds 127.0.0.1 ERR_ADIT_3200
echo 'Another agent starts:'
adit http "$port" > late.log 2> late.err &
late=$!
agents="$agents $late"
while kill -0 $late 2>/dev/null; do
  ! grep -qs 'started tunnel' late.log || fail ERR_ADIT_115
  sleep 0.2
done
sed 's/^/  /' late.err
grep -q ERR_ADIT_115 late.err || fail ERR_ADIT_115

echo 'The API itself, from 192.0.2.0/24 only:'
if adit api ip-restrictions create --type api --enforced --ip-policy-ids "$policy" > locked.out 2> locked.err; then
  echo 'You are locked out!'
  exit 1
fi
sed 's/^/  /' locked.err
grep -q ERR_ADIT_9116 locked.err || fail ERR_ADIT_9116
