// From <scenario> to model::Scenario, one for each combination of its cases.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/model/scenario.hpp"
#include "harness/xml/receiver.hpp"
#include "harness/xml/vary.hpp"

namespace smtprig::xml {

inline constexpr std::size_t domain_bytes_max = 200;  // of a cell's own domain, whatever the policy

// The named receivers that a suite can use, by id, and the documents in which they were written.
struct Peers {
  std::map<std::string, Peer> named;
  Peer honest;  // what a host is that names none
  std::vector<std::shared_ptr<const Document>> documents;
};

std::vector<std::shared_ptr<const model::Scenario>> read_scenario(const Node& node,
                                                                  const Peers& peers,
                                                                  std::size_t& budget,
                                                                  Problems& problems);

}  // namespace smtprig::xml
