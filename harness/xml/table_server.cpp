// The table's part for server.xml: a server under test as data.
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

Attribute required(std::string name, Type type, std::string doc) {
  return {.name = std::move(name), .type = type, .doc = std::move(doc), .required = true};
}

std::vector<Element> command_elements() {
  return {
      {.key = "version",
       .name = "version",
       .doc = "A command that prints the version. Without it the server has none.",
       .attributes = {required("expression", Type::regex,
                               "Searched in its output; the one capture is the version.")},
       .children = {{"argument", 1}}},
      {.key = "start",
       .name = "start",
       .doc = "The command that runs the server in the foreground. Its standard output and error "
              "are the log.",
       .children = {{"argument", 1}}},
      {.key = "flush",
       .name = "flush",
       .doc = "A command that makes the server try its whole queue now.",
       .children = {{"argument", 1}}},
      {.key = "remove",
       .name = "remove",
       .doc =
           "A command that removes queue entries; it reads their ids from its standard input, one "
           "a line.",
       .children = {{"argument", 1}}},
      {.key = "argument",
       .name = "argument",
       .doc = "One element of an argument vector, the program first. No shell sees it.",
       .text = Type::text},
      {.key = "stop",
       .name = "stop",
       .doc = "How the server is asked to end.",
       .attributes = {{.name = "signal",
                       .type = Type::choice,
                       .fallback = "TERM",
                       .doc = "The signal.",
                       .choices = {{"TERM", ""}, {"INT", ""}, {"QUIT", ""}, {"HUP", ""}}}}},
      {.key = "log",
       .name = "log",
       .doc = "How a log line becomes a fact. The text is a regular expression (RE2) that covers "
              "the whole line; the first that fits decides. Named captures: queue_id, recipient, "
              "relay, status, detail, client (the address of who brought it), and key, which joins "
              "the "
              "lines of one delivery attempt. Write "
              "it in CDATA.",
       .text = Type::regex,
       .attributes = {{.name = "kind",
                       .type = Type::choice,
                       .doc = "What the line says.",
                       .required = true,
                       .choices = choices(fact_words)}}},
  };
}

std::vector<Element> disk_elements() {
  return {
      {.key = "program",
       .name = "program",
       .doc = "A file that must exist for the server to be there.",
       .attributes = {required("path", Type::path_absolute, "Its path."),
                      {.name = "or-else",
                       .type = Type::path_absolute,
                       .doc = "Its path in installations that have it elsewhere."},
                      {.name = "folder",
                       .type = Type::label,
                       .doc = "A placeholder for the folder in which it was found."}}},
      {.key = "user",
       .name = "user",
       .doc = "A user and a group of the same name that the lab must have.",
       .attributes = {required("name", Type::user_name, "The name."),
                      {.name = "id",
                       .type = Type::number,
                       .doc = "uid and gid in the lab.",
                       .required = true,
                       .min = 1,
                       .max = 65'533},
                      {.name = "group-only",
                       .type = Type::yes_no,
                       .fallback = "no",
                       .doc = "Whether only the group exists."}}},
      {.key = "directory",
       .name = "directory",
       .doc = "A directory that is made before the start.",
       .attributes = {required("path", Type::path_inside, "Relative to the instance's directory."),
                      {.name = "owner",
                       .type = Type::user_name,
                       .fallback = "root",
                       .doc = "A <user>, or root."},
                      {.name = "group",
                       .type = Type::user_name,
                       .fallback = "root",
                       .doc = "A <user>, or root."},
                      {.name = "mode",
                       .type = Type::mode,
                       .fallback = "0755",
                       .doc = "Permissions, in octal."}}},
      {.key = "file",
       .name = "file",
       .doc = "A file that is made from a template.",
       .attributes = {required("path", Type::path_inside, "Relative to the instance's directory."),
                      required("source", Type::path_inside, "Relative to the server's folder.")}},
  };
}

std::vector<Element> configuration_elements() {
  return {
      {.key = "configuration",
       .name = "configuration",
       .doc = "How the server is run with the user's own configuration (run --config). Its <file>s "
              "take the place of those of <server>.",
       .attributes =
           {required("folder", Type::path_inside,
                     "Where the user's folder is copied to, in the instance's directory."),
            required("home", Type::path_absolute,
                     "Where a system has its configuration. In the lab the copy is seen there, and "
                     "where the user's folder lies."),
            {.name = "port",
             .type = Type::number,
             .doc = "{listen-port} then: where the server takes the rig's mail, so that the user's "
                    "own services stay as they are.",
             .required = true,
             .min = 1,
             .max = 65'535}},
       .children = {{"file"}, {"rewrite"}, {"override"}, {"reference"}}},
      {.key = "override",
       .name = "override",
       .doc = "Lines that are appended to a file of the user's, which the run prints. A backslash "
              "at the end of a line joins it with the next. Expressions are searched in each line "
              "of the file that is no comment (#).",
       .text = Type::text,
       .attributes =
           {required("file", Type::path_inside, "In the user's folder; it must exist."),
            required("because", Type::text, "Why the lab needs it; printed."),
            {.name = "if-set",
             .type = Type::yes_no,
             .fallback = "no",
             .doc = "Whether a line (name = value) is for files only that assign this name."},
            {.name = "when", .type = Type::regex, .doc = "Only if this is found in the file."},
            {.name = "unless", .type = Type::regex, .doc = "Not if this is found in the file."}}},
      {.key = "rewrite",
       .name = "rewrite",
       .doc = "What the lab changes within the lines of a file of the user's, comments (#) apart. "
              "The run prints how many lines that were.",
       .attributes =
           {required("file", Type::path_inside, "In the user's folder; it must exist."),
            required("because", Type::text, "Why the lab needs it; printed."),
            required("matching", Type::regex, "What gives way, wherever it is found."),
            {.name = "to",
             .type = Type::text,
             .doc = "What takes its place, with \\1 for its first group. Absent: nothing."}}},
      {.key = "reference",
       .name = "reference",
       .doc = "How files of the user's name other files. The <argument>s, if any, are a command "
              "that makes an index of the file; the expression's captures and {file} are "
              "placeholders of it. What is outside of the folder, or missing, the run prints.",
       .attributes = {required("expression", Type::regex,
                               "Searched in each line that is no comment. Captures: inside, a path "
                               "in the folder; path, an absolute one. Without either it finds what "
                               "no lab has.")},
       .children = {{"argument"}}},
  };
}

std::vector<Element> policy_elements() {
  return {
      {.key = "policy",
       .name = "policy",
       .doc = "A TLS policy that the server has.",
       .attributes = {{.name = "name",
                       .type = Type::choice,
                       .doc = "Which.",
                       .required = true,
                       .choices = policy_choices()},
                      {.name = "line",
                       .type = Type::text,
                       .doc = "How it is set for one recipient domain: a line of the file that "
                              "holds {policies}. {domain} is the domain, {destination} where its "
                              "mail goes: the domain, or the destination= of its <relay>."},
                      {.name = "relay-line",
                       .type = Type::text,
                       .doc =
                           "The same for a domain whose mail goes to a relay; line=, if absent."},
                      {.name = "route",
                       .type = Type::text,
                       .doc =
                           "A line of the file that holds {relays}, for a domain whose mail goes "
                           "to no relay. {domain} is the domain."},
                      {.name = "companion",
                       .type = Type::label,
                       .doc = "The <companion> that it needs. Where that is not there, the server "
                              "does not have the policy, and that is said."}}},
      {.key = "companion",
       .name = "companion",
       .doc =
           "A process beside the server that answers some of its questions. It runs while a cell "
           "stands under a policy that needs it. The <argument>s are its command, in the "
           "foreground.",
       .attributes = {required("name", Type::label, "What a <policy> calls it."),
                      required("needs", Type::path_absolute,
                               "A file without which it is not there."),
                      {.name = "port",
                       .type = Type::number,
                       .doc = "Of {listen}; when it takes connections there, it is ready.",
                       .required = true,
                       .min = 1,
                       .max = 65'535},
                      {.name = "text",
                       .type = Type::text,
                       .doc = "What the placeholder of its name stands for in files while it runs; "
                              "otherwise that is empty."}},
       .children = {{"environment"}, {"argument", 1}}},
      {.key = "environment",
       .name = "environment",
       .doc =
           "A variable of the companion's environment, which has nothing else but PATH, LANG and "
           "TZ.",
       .attributes = {required("name", Type::text, "Its name."),
                      required("value", Type::text, "Its value; may hold placeholders.")}},
  };
}

Element relay_line_element() {
  return {.key = "relay",
          .name = "relay",
          .doc =
              "A service by which the server can be told to hand all mail for one recipient domain "
              "to one host. Scenarios with a relay by another service are not played. In all "
              "attributes {domain}, {relay} and {relay-port} say whose mail goes where.",
          .attributes = {{.name = "service",
                          .type = Type::choice,
                          .doc = "By which.",
                          .required = true,
                          .choices = choices(relay_service_words)},
                         {.name = "line",
                          .type = Type::text,
                          .doc = "A line of the file that holds {relays}.",
                          .required = true},
                         {.name = "destination",
                          .type = Type::text,
                          .doc = "What {destination} in the line of a <policy> stands for; the "
                                 "domain, if absent."},
                         {.name = "login",
                          .type = Type::text,
                          .doc = "A line of the file that holds {logins}, with {user} and "
                                 "{password}; without it scenarios with a login are not played."}}};
}

Element inbound_line_element() {
  return {.key = "inbound",
          .name = "inbound",
          .doc =
              "A listener for mail from outside: its text, with {listen}, {listen6} and {port} of "
              "this listener in it, becomes lines of the file that holds {inbound}. Without it "
              "nothing listens there.",
          .text = Type::text,
          .attributes = {{.name = "policy",
                          .type = Type::choice,
                          .doc = "What it demands of a client.",
                          .required = true,
                          .choices = inbound_policy_choices()},
                         {.name = "service",
                          .type = Type::choice,
                          .fallback = "smtp",
                          .doc = "Which port.",
                          .choices = choices(service_words)}}};
}

Element tls_reports_element() {
  return {.key = "tls-reports",
          .name = "tls-reports",
          .doc =
              "How the server is told to report its TLS sessions with one recipient domain (RFC "
              "8460). Without it no scenario waits for a report. Its log tells by a line of "
              "kind tls-report what became of each.",
          .attributes = {required("line", Type::text,
                                  "A line of the file that holds {tls-reports}, with {domain}.")}};
}

}  // namespace

std::vector<Element> server_elements() {
  std::vector<Element> all{
      {.key = "server",
       .name = "server",
       .doc = "The root of a server.xml: how a server under test is found, configured, run and "
              "read. Texts may hold placeholders in braces, which docs/servers.md lists.",
       .attributes = {required("name", Type::label, "The name that --server takes."),
                      {.name = "namespace",
                       .type = Type::yes_no,
                       .fallback = "no",
                       .doc = "Whether it needs ports below 1024 and a resolv.conf of its own."},
                      {.name = "package",
                       .type = Type::text,
                       .doc = "Debian package that servers fetch unpacks."},
                      {.name = "with",
                       .type = Type::text,
                       .doc = "Debian packages, between spaces, that servers fetch unpacks too: "
                              "what it needs beside that on which its own depends."},
                      {.name = "login-needs",
                       .type = Type::text,
                       .doc = "A file, by an absolute path with * for what differs, without which "
                              "it cannot log in at a relay: where it is missing, scenarios with a "
                              "login are left out, and that is said."},
                      {.name = "requiretls",
                       .type = Type::yes_no,
                       .fallback = "no",
                       .doc = "Whether it heeds REQUIRETLS and \"TLS-Required: No\" (RFC 8689). "
                              "Outbound scenarios with such a message are left out for one that "
                              "does not."},
                      {.name = "moves-clock",
                       .type = Type::yes_no,
                       .fallback = "no",
                       .doc = "Whether its clock is ahead by what {clock-file} says at any time, "
                              "in seconds: \"+691200\", as libfaketime has it. Scenarios with "
                              "days= are left out for one that does not."},
                      {.name = "clock-library",
                       .type = Type::text,
                       .doc = "Instead of moves-clock=: a library that, preloaded, has it read the "
                              "time so: libfaketime, by an absolute path with * for what differs. "
                              "Where it is missing, scenarios with days= are left out."},
                      {.name = "attempts",
                       .type = Type::number,
                       .fallback = "3",
                       .doc = "Planned attempts of a message before it is removed.",
                       .min = 1,
                       .max = 100},
                      {.name = "cells-at-once",
                       .type = Type::number,
                       .fallback = "256",
                       .doc = "Cells under way at once in one lab: few for a server that works "
                              "without pause, many for one that waits between attempts.",
                       .min = 1,
                       .max = 1000},
                      {.name = "start-deadline",
                       .type = Type::duration,
                       .fallback = "20s",
                       .doc = "Time until its greeting."},
                      {.name = "stop-deadline",
                       .type = Type::duration,
                       .fallback = "5s",
                       .doc = "Time from the signal to its end."}},
       .children = {{"summary", 1, 1},
                    {"program"},
                    {"user"},
                    {"version", 0, 1},
                    {"policy", 1},
                    {"companion"},
                    {"inbound"},
                    {"relay"},
                    {"tls-reports", 0, 1},
                    {"directory"},
                    {"file"},
                    {"configuration", 0, 1},
                    {"start", 1, 1},
                    {"flush", 0, 1},
                    {"remove", 0, 1},
                    {"stop", 0, 1},
                    {"log"}}},
  };
  all.push_back(inbound_line_element());
  all.push_back(relay_line_element());
  all.push_back(tls_reports_element());
  for (auto* part : {policy_elements, command_elements, disk_elements, configuration_elements})
    for (auto& each : part())
      all.push_back(std::move(each));
  return all;
}

}  // namespace smtprig::xml
