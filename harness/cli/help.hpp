// The texts of --help. They teach by example: what the command is for, then commands to copy, then
// (written by CLI11) its options.
#pragma once

namespace smtprig::cli::help {

inline constexpr char program[] =
    R"(smtprig plays the rest of the internet around one mail server and shows which mail
arrives, over which channel, under each TLS policy.

  smtprig                              the whole catalogue against the embedded server
  smtprig run --server postfix         the same against a real Postfix
  smtprig list                         what is in the catalogue
  smtprig explain cert/expired         what is played, what is permitted, and why
  smtprig servers list                 which servers there are, and how to get them
  smtprig validate my-scenarios/       checks scenario files
  smtprig run --help                   more of every command
)";

inline constexpr char run[] =
    R"(Runs scenarios against servers and shows what happened to every message.

  smtprig run                                      everything, embedded server
  smtprig run --server postfix                     everything, a real Postfix
  smtprig run cert                                 all scenarios below cert/
  smtprig run 'cert/*' 'routing/null-mx'           by glob, by id
  smtprig run --policy encrypt,verify              two policies only
  smtprig run my-scenarios/ --server embedded      scenarios of your own
  smtprig run --server embedded,postfix --jobs 2   side by side
  smtprig run --last-failed                        what was unexpected last time
  smtprig run --repeat 20 starttls                 does it always end the same?
  smtprig run --mutant ignores-name                can the catalogue see this defect?
  smtprig run --mutant list                        which defects can be planted

Exit status: 0 all as expected; 1 unexpected outcomes; 2 usage, or an invalid file; 3 the rig
failed (wins over 1); 4 nothing was selected; 130 interrupted (what was finished is reported).
Results are in out/latest: results.jsonl, junit.xml, matrix.txt.
)";

inline constexpr char list[] =
    R"(Lists scenarios: id and summary; with --long also clause, file and cells.

  smtprig list
  smtprig list cert --long
  smtprig list 'starttls/*' --server postfix --policy may --long
)";

inline constexpr char explain[] =
    R"(Says what a cell plays, what may happen to its mail, and which clause says so.

  smtprig explain cert/expired                     under every policy
  smtprig explain cert/expired --policy verify
  smtprig explain cert/expired@postfix/verify      a cell's id as reports print it
)";

inline constexpr char validate[] =
    R"(Checks scenario files, known deviations and descriptions of servers.

Every problem is told with file, line and column; also written expectations that contradict the
RFCs without saying why. Exit status 2 if there is any.

  smtprig validate                                 all that is shipped
  smtprig validate my-scenarios/ one-more.xml
)";

inline constexpr char accept[] =
    R"(Writes a known deviation out of an unexpected cell of the last run, with a reason.

From then on the cell is `known` as long as it ends exactly so with this version of the server,
and turns red when it no longer does.

  smtprig accept routing/null-mx/verify --reason 'bounces with 5.1.0 since ever'
  smtprig accept routing/null-mx --reason '...' --link https://example.org/bug/1
  smtprig accept CELL --reason '...' --file known.xml   and then: run --known known.xml
)";

inline constexpr char servers[] =
    R"(The servers that can be put under test.

  smtprig servers list                             what is there, what is missing
  smtprig servers fetch postfix                    unpacks the package into a cache
)";

inline constexpr char schema[] =
    R"(Prints the XSD of scenario files, for editors and xmllint.

  smtprig schema > smtprig.xsd
  xmllint --noout --schema smtprig.xsd my-scenarios/*.xml
  smtprig schema --reference                       the same as a page to read
)";

}  // namespace smtprig::cli::help
