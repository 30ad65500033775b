// The texts of --help. They teach by example: what the command is for, then commands to copy, then
// (written by formatter.hpp) its arguments and options. The first line is what the list of commands
// shows. 80 columns.
#pragma once

namespace smtprig::cli::help {

inline constexpr char program[] =
    R"(smtprig plays the rest of the internet around one mail server and shows which
mail arrives, over which channel, under each TLS policy.

  smtprig                              the whole catalogue, embedded server
  smtprig run --server postfix         the same against a real Postfix
  smtprig list                         what is in the catalogue
  smtprig explain cert/expired         what is played, what is permitted, why
  smtprig servers                      which servers there are, how to get them
  smtprig help run                     more of a command
  smtprig help project                 settings for a folder: smtprig.xml
  smtprig help exit-status             what the exit status means
)";

inline constexpr char run[] =
    R"(Plays scenarios against servers, shows what became of the mail.

A scenario says how the world differs from an honest one; it is played once for
every server and TLS policy, each time a cell: cert/expired@postfix-3.7.11/may.

  smtprig run                                     everything, embedded server
  smtprig run --server postfix                    everything, a real Postfix
  smtprig run cert                                all scenarios below cert/
  smtprig run 'cert/*' routing/null-mx            by glob, by id
  smtprig run --policy encrypt,verify             two policies only
  smtprig run --policy 'may, secure: cert/good'   may, but secure for a domain
  smtprig run my-scenarios/ --server embedded     scenarios of your own
  smtprig run --server embedded,postfix --jobs 2  side by side
  smtprig run --server postfix --config /etc/postfix
                                                  as your own Postfix is set up
  smtprig run --last-failed                       what was unexpected last time
  smtprig run --repeat 20 starttls                does it always end the same?
  smtprig run --dns signed dane                   a real resolver validates
  smtprig run --mutant ignores-name               is this defect noticed?
  smtprig run --mutant list                       defects that can be planted

Results are in out/latest: results.jsonl, junit.xml, matrix.txt.
Exit status 0: all as expected; 1: unexpected outcomes; 2: usage, or an invalid
file; 3: the rig failed; 4: nothing was selected; 130: interrupted; see
smtprig help exit-status.
What is not typed comes from a smtprig.xml, if there is one: see
smtprig help project.
)";

inline constexpr char list[] =
    R"(Lists scenarios and the cells that they make.

  smtprig list                         id and summary of every scenario
  smtprig list cert --long             also clause, file and cells
  smtprig list 'starttls/*' --server postfix --policy may --long
  smtprig list --dns signed            what a validating resolver leaves of it
  smtprig list --format json | jq -r '.[].cells[]'

What is not typed comes from a smtprig.xml, if there is one: see
smtprig help project.
)";

inline constexpr char explain[] =
    R"(Says what is played, what is permitted, and why.

  smtprig explain cert/expired                  under every policy
  smtprig explain cert/expired --policy verify
  smtprig explain cert/expired@postfix/verify   a cell's id, as reports print it

What is not typed comes from a smtprig.xml, if there is one: see
smtprig help project.
)";

inline constexpr char validate[] =
    R"(Checks scenarios, known deviations, servers, projects.

Every problem is told with file, line and column; also written expectations that
contradict the RFCs without saying why. Exit status 2 if there is any.

  smtprig validate                 the project here, else all that is shipped
  smtprig validate my-scenarios/ one-more.xml
)";

inline constexpr char accept[] =
    R"(Makes an unexpected cell of the last run a known one.

It is written to a file, with your reason. From then on the cell is `known` as
long as it ends exactly so with this version of the server; it turns red when
it no longer does.

  smtprig accept routing/null-mx/verify --reason 'bounces with 5.1.0 since ever'
  smtprig accept routing/null-mx --reason '...' --link https://example.org/bug/1
  smtprig accept CELL --reason '...' --file known.xml
  smtprig run --known known.xml
)";

inline constexpr char servers[] =
    R"(Shows which servers can be tested, fetches more.

  smtprig servers                      what is there, what is missing
  smtprig servers list --format json   the same for programs
  smtprig servers fetch postfix        unpacks the package into a cache
)";

inline constexpr char servers_list[] =
    R"(Shows name, version, place and policies of every server.
)";

inline constexpr char servers_fetch[] =
    R"(Unpacks a server's Debian package into a cache.

Nothing is installed, and no script of the package runs. `smtprig servers list`
shows where it lies; --server finds it there.

  smtprig servers fetch postfix
  smtprig servers fetch unbound        the resolver of run --dns signed
)";

inline constexpr char schema[] =
    R"(Prints the XSD of all files, for editors and xmllint.

  smtprig schema > smtprig.xsd
  xmllint --noout --schema smtprig.xsd my-scenarios/*.xml
  smtprig schema --reference           the same as a page to read
)";

inline constexpr char completion[] =
    R"(Prints what makes the Tab key complete words in a shell.

Commands, options, scenarios, cells, servers, policies and planted defects.

  bash   source <(smtprig completion bash)      in ~/.bashrc
  zsh    source <(smtprig completion zsh)       in ~/.zshrc, behind compinit
  fish   smtprig completion fish | source       in ~/.config/fish/config.fish
)";

inline constexpr char topics[] =
    R"(Prints help on a command or a topic.

  smtprig help run                     what `smtprig run --help` prints
  smtprig help exit-status             what the exit status means
  smtprig help project                 settings for a folder: smtprig.xml
)";

// docs/command-line.md has it word for word.
inline constexpr char project_example[] =
    R"(<project xmlns="urn:smtprig:1" jobs="2">
  <scenarios path="tests/mail"/>
  <shipped/>
  <known path="tests/known.xml"/>
  <server name="postfix" root="build/root"/>
  <server name="embedded"/>
  <policy name="may"/>
  <policy name="verify"/>
  <policy name="partners" default="may">
    <exception policy="secure" domains="cert/good */partner"/>
  </policy>
  <out path="build/mail"/>
</project>
)";

inline constexpr char project[] =
    R"(A project file: settings for a folder.

Where the working directory has a file smtprig.xml, commands take from it what
is not typed. All of it may be left out:

  <project>     jobs= and seed=, as --jobs and --seed
  <scenarios>   path= of scenarios that are played instead of the shipped ones
  <shipped>     the shipped scenarios beside those
  <known>       path= of known deviations; `smtprig accept` writes to the first
  <server>      name= of a server under test; version= and root= if need be
  <policy>      name= of a TLS policy; or one of your own, with a default= and
                other policies for some domains
  <out>         path= of the folder of results

Paths are relative to the file. What is typed wins, thing by thing: --policy
replaces all <policy>. A server that is typed keeps the root= that the file
gives it. --no-project ignores the file, --project FILE takes another;
`smtprig validate` checks it and what it names.

)";

}  // namespace smtprig::cli::help
