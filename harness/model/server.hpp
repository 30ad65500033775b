// A server under test as data: what harness/servers/<name>/server.xml says. Text members may hold
// placeholders in braces; servers/instance.hpp lists them. Commands are argument vectors, never a
// shell.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fakes/journal.hpp"
#include "fakes/sender_spec.hpp"
#include "harness/model/policy.hpp"

namespace smtprig::model {

using Argv = std::vector<std::string>;

// How a policy is configured for one recipient domain: lines for the files that hold {policies} and
// {relays}.
struct ServerPolicy {
  Policy policy = Policy::none;
  std::string line;             // "{destination} fingerprint match={sha256-colons}"; empty: none
  std::string relay_line = {};  // in its place, where the mail goes to a relay; empty: `line`
  std::string route = {};       // "{domain} dane-smtp:", where it does not; empty: none
  std::string companion = {};   // name of the one that it needs; empty: none
};

// A process beside the server that answers some of its questions, on {listen} and a port.
struct ServerCompanion {
  std::string name;
  std::string needs;  // a file, absolute, without which it is not there
  unsigned port = 0;  // it is ready when it takes connections
  Argv start;         // in the foreground
  std::vector<std::pair<std::string, std::string>> environment;  // values are templates
  std::string text;  // template; what the placeholder of its name stands for while it runs
};

// How all mail for a recipient domain is handed to one host, by one service: lines for the files
// that hold {relays} and {logins}. In all three {relay} and {relay-port} say where.
struct ServerRelay {
  fakes::Service service = fakes::Service::submission;
  std::string line;         // "{domain} smtp:[{relay}]:{relay-port}"
  std::string destination;  // what stands for {destination} in a policy line; empty: the domain
  std::string login;        // "[{relay}]:{relay-port} {user}:{password}"; empty: it has no login
};

// How the server listens for mail under an inbound policy: lines for the file that holds {inbound}.
// Without an entry nothing listens there.
struct ServerInbound {
  Policy policy = Policy::none;
  fakes::Service service = fakes::Service::smtp;
  std::string lines;  // "{listen}:{port} may smtp"
};

struct ServerDirectory {
  std::string path;   // relative to the instance's directory
  std::string owner;  // user name in the lab; empty: root
  std::string group;
  unsigned mode = 0755;
};

struct ServerFile {
  std::string path;    // relative to the instance's directory
  std::string source;  // template, relative to the server's folder
};

// One RE2 pattern, anchored at both ends, over a log line. Named captures become members of the
// ServerFact: queue_id, recipient, relay, status, detail, client. A capture named `key` joins lines
// of one delivery attempt: a `tls` fact is held back until a deciding line with the same key names
// the recipient (Postfix: the pid of smtp(8)).
struct LogPattern {
  fakes::ServerFact::Kind kind = fakes::ServerFact::Kind::note;
  std::string expression;
};

// A file that must exist for the server to be there, in the system or in a root.
struct ServerProgram {
  std::string path;     // absolute, as the root sees it
  std::string or_else;  // where it is if not there; empty: nowhere else
  std::string folder;   // the placeholder for the folder in which it was found; empty: none
};

struct ServerUser {
  std::string name;
  unsigned id = 0;  // uid and gid in the lab
  bool group_only = false;
};

// What the lab changes in a file of a configuration of the user's own. The expressions (RE2) are
// searched in each of its lines; lines that begin with "#" are comments and left alone.
struct ServerOverride {
  std::string file;     // relative to the user's folder
  std::string when;     // only if it is found; empty: always
  std::string unless;   // not if it is found; empty: always
  bool if_set = false;  // each line only if the file assigns the same name ("name = ...")
  std::vector<std::string> lines;  // templates; appended
  std::string because;             // what the user reads about it
};

// The same within lines: whatever is found gives way.
struct ServerRewrite {
  std::string file;
  std::string matching;
  std::string replacement;  // with \1 for the first group
  std::string because;
};

// How the files of a configuration name other files. Captures: `inside`, a path in the folder;
// `path`, an absolute one; without either, what is found is something that no lab has.
struct ServerReference {
  std::string expression;  // RE2, searched in each line
  Argv index;              // optional: makes an index of the file; the captures are placeholders
};

// How the server is run with a configuration of the user's own instead of the templates.
struct ServerConfiguration {
  std::string folder;  // where the user's is copied to, relative to the instance's directory
  std::string home;    // where a system has it; in the lab the copy is seen there too
  unsigned port = 0;   // where the server takes the rig's mail, apart from the user's own services
  std::vector<ServerFile> files;  // in place of ServerDescription::files
  std::vector<ServerOverride> overrides;
  std::vector<ServerRewrite> rewrites;  // before the overrides
  std::vector<ServerReference> references;
};

// The name that the server under test bears in a lab; it resolves there.
inline constexpr std::string_view server_hostname = "mta.lab.test";

struct ServerDescription {
  std::string name;
  std::filesystem::path folder;
  std::string summary;
  bool needs_namespace = false;  // binds ports below 1024, needs its own resolv.conf

  std::string package;                     // Debian package for `servers fetch`; empty: none
  std::vector<std::string> with_packages;  // what it needs beside what its package depends on
  std::vector<ServerProgram> programs;
  std::vector<ServerUser> users;
  Argv version_command;
  std::string version_expression;  // RE2 with one capture

  std::vector<ServerPolicy> policies;  // outbound
  std::vector<ServerCompanion> companions;
  std::vector<ServerInbound> inbound;
  bool requiretls = false;   // heeds RFC 8689 in mail that goes out
  bool moves_clock = false;  // reads {clock-file}: seconds that its clock is ahead, "+691200"
  // A library that does so for it when it is preloaded, absolute and with * for what differs;
  // empty: none.
  std::string clock_library;
  // A file, absolute and with * for what differs, without which it cannot log in; empty: none.
  std::string login_needs;
  // A line of the file that holds {tls-reports}: how the server is told to report its TLS sessions
  // with one recipient domain (RFC 8460); empty: it makes no reports.
  std::string tls_reports;
  std::vector<ServerRelay> relays;  // the services by which it can hand mail to one host
  std::vector<ServerDirectory> directories;
  std::vector<ServerFile> files;
  std::optional<ServerConfiguration> configuration;  // none: it takes none of the user's

  Argv start;   // runs in the foreground; its standard output and error are the log
  Argv flush;   // optional: try the whole queue now
  Argv remove;  // optional: queue ids on standard input, one a line
  std::string stop_signal = "TERM";
  std::vector<LogPattern> log;

  unsigned attempts = 3;         // planned attempts of a message before it is removed
  unsigned cells_at_once = 256;  // in one lab
  std::chrono::milliseconds start_deadline{20'000};
  std::chrono::milliseconds stop_deadline{5'000};
};

}  // namespace smtprig::model
