// A shared library with its own copy of libc++.
#include "shared.h"

void throw_here(int kind)
{
    if (kind == 0)
        throw std::runtime_error("standard");
    if (kind == 1)
        throw OwnError("own");
    throw std::string("text");
}

std::string catch_here(std::function<void()> thrower)
{
    try {
        thrower();
    } catch (const std::logic_error &error) {
        return error.what();
    }
    return "nothing";
}

Base *make_here()
{
    return new Derived;
}
