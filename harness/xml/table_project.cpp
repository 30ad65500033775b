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
                                   false)}},
      {.key = "policy of project",
       .name = "policy",
       .doc = "A TLS policy (--policy). Without any all that the server has.",
       .attributes = {{.name = "name",
                       .type = Type::choice,
                       .doc = "Which.",
                       .required = true,
                       .choices = policy_choices()}}},
      {.key = "out",
       .name = "out",
       .doc = "Where results go (--out).",
       .attributes = {project_path("path", "A folder; it is made if need be.", true)}},
  };
}

}  // namespace smtprig::xml
