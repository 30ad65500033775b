// The table's part for smtprig.xml: what holds in a folder where nothing else is said.
#include <limits>

#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

Attribute project_path(std::string name, std::string doc, bool needed) {
  return {.name = std::move(name), .type = Type::text, .doc = std::move(doc), .required = needed};
}

}  // namespace

std::vector<Element> project_elements() {
  return {
      {.key = "project",
       .name = "project",
       .doc = "The root of a project file: a smtprig.xml in the working directory gives defaults "
              "to commands that are called there. What is typed wins over it, thing by thing: "
              "--policy replaces all <policy>, and so on. Paths are relative to the file.",
       .attributes = {{.name = "jobs",
                       .type = Type::number,
                       .fallback = "1",
                       .doc = "Labs at once (--jobs).",
                       .min = 1,
                       .max = 64},
                      {.name = "seed",
                       .type = Type::number,
                       .fallback = "1",
                       .doc = "Root seed (--seed).",
                       .min = 0,
                       .max = std::numeric_limits<std::uint64_t>::max()}},
       .children = {{"scenarios"},
                    {"shipped", 0, 1},
                    {"known of project"},
                    {"server of project"},
                    {"policy of project"},
                    {"out", 0, 1}}},
      {.key = "scenarios",
       .name = "scenarios",
       .doc = "Scenarios that are played instead of the shipped ones (--scenarios).",
       .attributes = {project_path("path", "A file, or a folder of *.xml.", true)}},
      {.key = "shipped",
       .name = "shipped",
       .doc = "The shipped scenarios beside those of <scenarios>. Without <scenarios> they are "
              "what is played in any case."},
      {.key = "known of project",
       .name = "known",
       .doc = "Known deviations besides the shipped ones (--known); the first is what accept "
              "writes to.",
       .attributes = {project_path("path", "A file, or a folder of *.xml.", true)}},
      {.key = "server of project",
       .name = "server",
       .doc = "A server under test (--server). One that is named on the command line keeps what "
              "is said of it here.",
       .attributes = {{.name = "name",
                       .type = Type::label,
                       .doc = "Its name, as servers list has it.",
                       .required = true},
                      {.name = "version",
                       .type = Type::text,
                       .doc = "Its version, where several are installed."},
                      project_path("root", "Where it is installed or unpacked (--server-root).",
                                   false),
                      project_path("configuration",
                                   "The folder of your own configuration of it (--config).",
                                   false)}},
      {.key = "policy of project",
       .name = "policy",
       .doc = "A TLS policy (--policy). Without any all that the server has. With default= and "
              "<exception> it is one of your own: mail to most domains stands under one policy, "
              "mail to some under others.",
       .attributes = {{.name = "name",
                       .type = Type::text,
                       .doc = "Which: the name of a policy, or a new one in lower-case letters, "
                              "digits and hyphens.",
                       .required = true},
                      {.name = "default",
                       .type = Type::choice,
                       .doc = "The policy for all domains but those of the exceptions.",
                       .choices = outbound_policy_choices()}},
       .children = {{"exception"}}},
      {.key = "exception",
       .name = "exception",
       .doc = "Domains that stand under another policy. The first that names a domain decides.",
       .attributes = {{.name = "policy",
                       .type = Type::choice,
                       .doc = "Which.",
                       .required = true,
                       .choices = outbound_policy_choices()},
                      {.name = "domains",
                       .type = Type::text,
                       .doc = "Patterns, separated by spaces: an id of a scenario for its domain, "
                              "with a further component for a domain below it; prefixes (cert) and "
                              "globs (*/partner).",
                       .required = true}}},
      {.key = "out",
       .name = "out",
       .doc = "Where results go (--out).",
       .attributes = {project_path("path", "A folder; it is made if need be.", true)}},
  };
}

}  // namespace smtprig::xml
