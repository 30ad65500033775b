#!/bin/sh
# Every shipped file is valid against the shipped schema, and the schema refuses what it must.
# usage: xmllint.sh SOURCE_FOLDER. Exit 77: xmllint is missing (Debian: libxml2-utils).
command -v xmllint >/dev/null || { echo "xmllint is missing; install libxml2-utils"; exit 77; }
cd "$1" || exit 1
schema=scenarios/smtprig.xsd
bad=0
for file in $(find scenarios harness/servers -name '*.xml'); do
  xmllint --noout --nonet --schema "$schema" "$file" 2>&1 | grep -v ' validates$' && bad=1
done
refuse() {
  if printf '%s' "$1" | xmllint --noout --nonet --schema "$schema" - >/dev/null 2>&1; then
    echo "the schema accepts: $1"
    bad=1
  fi
}
ns='xmlns="urn:smtprig:1"'
refuse "<suite/>"
refuse "<suite $ns><reciever id='a'/></suite>"
refuse "<suite $ns><receiver id='a' starttls='maybe'/></suite>"
refuse "<suite $ns><receiver id='a' tls='1.4'/></suite>"
refuse "<suite $ns><receiver/></suite>"
refuse "<suite $ns><receiver id='a'><on smtp='MAIL'><reply raw='\\q'/></on></receiver></suite>"
refuse "<suite $ns><include href='../x.xml'/></suite>"
refuse_in_scenario() {
  refuse "<suite $ns><scenario id='a/b'><summary>x</summary>$1</scenario></suite>"
}
refuse_in_scenario "<mx address='ipv4 ipv5'/>"
refuse_in_scenario "<mx address=''/>"
refuse_in_scenario "<mx preference='65536'/>"
accept() {
  if ! printf '%s' "$1" | xmllint --noout --nonet --schema "$schema" - >/dev/null 2>&1; then
    echo "the schema refuses: $1"
    bad=1
  fi
}
accept "<project $ns seed='18446744073709551615'><scenarios path='../a b'/><shipped/>\
<known path='k'/><server name='postfix' version='3.7' root='/r'/><policy name='may'/></project>"
accept "<project $ns jobs='64'/>"
refuse "<project $ns jobs='65'/>"
refuse "<project $ns><server/></project>"
own="<policy name='p' default='may'><exception policy='secure'"
accept "<project $ns>$own domains='a */b'/></policy></project>"
refuse "<project $ns><policy name='p' default='mya'/></project>"
refuse "<project $ns>$own/></policy></project>"
exit $bad
