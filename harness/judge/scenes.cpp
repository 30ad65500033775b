// See scenes.hpp.
#include "harness/judge/scenes.hpp"

#include <algorithm>

#include "harness/judge/conduct.hpp"

namespace smtprig::judge {
namespace {

bool names_domain(const Session& session, const Facts& facts) {
  return std::ranges::any_of(session.commands, [&](const Command& command) {
    if (command.verb != "RCPT") return false;
    const std::string_view path = path_of(command.argument);
    const auto at = path.rfind('@');
    return at != path.npos && same_address(path.substr(at), "@" + facts.domain);
  });
}

bool has_host(const Facts& facts, const Session& session) {
  return std::ranges::count(facts.hosts, session.host, &HostFacts::name) != 0;
}

// The domains whose mail the connection was for, or may have been for.
std::vector<DomainScene*> owners_of(const Session& session, std::vector<DomainScene>& scenes) {
  std::vector<DomainScene*> named, possible, all;
  for (DomainScene& scene : scenes) {
    all.push_back(&scene);
    if (names_domain(session, scene.facts)) named.push_back(&scene);
    if (has_host(scene.facts, session)) possible.push_back(&scene);
  }
  if (!named.empty()) return named;
  return possible.empty() ? all : possible;
}

}  // namespace

bool Scene::tls_optional() const {
  return std::ranges::any_of(facts.messages, [](const model::Message& each) {
    return each.tls_optional && !each.requiretls;
  });
}

bool Scene::tls_required() const {
  return std::ranges::all_of(facts.messages, &model::Message::requiretls);
}

std::vector<DomainScene> scenes_of(const model::Cell& cell, const std::vector<Session>& sessions) {
  std::vector<DomainScene> scenes;
  for (const std::string& domain : model::recipient_domains(*cell.scenario))
    scenes.push_back({domain, cell.level(domain), facts_of(cell, domain), {}});
  for (const Session& session : sessions) {
    const auto owners = owners_of(session, scenes);
    for (DomainScene* owner : owners) {
      Session& own = owner->sessions.emplace_back(session);
      own.shared = owners.size() > 1 && !names_domain(session, owner->facts);
    }
  }
  return scenes;
}

}  // namespace smtprig::judge
