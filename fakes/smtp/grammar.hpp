// The grammar of SMTP in its three parts; all of it is pure.
#pragma once

#include "fakes/smtp/command.hpp"
#include "fakes/smtp/content.hpp"
#include "fakes/smtp/reply.hpp"
