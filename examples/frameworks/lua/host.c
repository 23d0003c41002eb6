/* Runs a Lua script as a component, on the C SDK. `host [--check] SCRIPT`; README.md says what the script sees. */
#include <coven/nf.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t over;
static void end(int number) { (void)number; over = 1; }

/* ---- packet:u8(at), packet:context(at [, value]), #packet ---- */

static coven_packet *packet_of(lua_State *lua) { return *(coven_packet **)luaL_checkudata(lua, 1, "packet"); }

static lua_Integer place(lua_State *lua, lua_Integer limit) {
    lua_Integer at = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, at >= 0 && at < limit, 2, "outside of the packet");
    return at;
}

static int get_u8(lua_State *lua) {
    const coven_packet *packet = packet_of(lua);
    return lua_pushinteger(lua, packet->data[place(lua, packet->length)]), 1;
}

static int context(lua_State *lua) {
    coven_packet *packet = packet_of(lua);
    lua_Integer at = place(lua, 16);
    if (lua_gettop(lua) > 2) packet->context[at] = (uint8_t)luaL_checkinteger(lua, 3);
    return lua_pushinteger(lua, packet->context[at]), 1;
}

static int length(lua_State *lua) { return lua_pushinteger(lua, packet_of(lua)->length), 1; }

/* ---- coven.* ---- */

static int add(lua_State *lua) {
    coven_counter *counter = *(coven_counter **)luaL_checkudata(lua, 1, "counter");
    return coven_add(counter, (uint64_t)luaL_optinteger(lua, 2, 1)), 0;
}

static int new_counter(lua_State *lua) {
    coven_counter *counter = calloc(1, sizeof *counter); /* published as long as the process lives */
    if (!counter) return luaL_error(lua, "no memory");
    *counter = (coven_counter){.name = strdup(luaL_checkstring(lua, 1)), .kind = "counter", .type = "integer", .unit = strdup(luaL_optstring(lua, 2, "")), .help = strdup(luaL_optstring(lua, 3, ""))};
    coven_publish(counter);
    *(coven_counter **)lua_newuserdatauv(lua, sizeof counter, 0) = counter;
    return luaL_setmetatable(lua, "counter"), 1;
}

static int to(lua_State *lua) { return lua_pushinteger(lua, coven_to(luaL_checkstring(lua, 1))), 1; }
static int ended(lua_State *lua) { return lua_pushboolean(lua, over), 1; }

static int sleep_ms(lua_State *lua) {
    lua_Integer ms = luaL_checkinteger(lua, 1);
    return nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL), 0;
}

/* On the stack: the function, and the box that holds the packet. */
static coven_verdict decide(coven_packet *packet, void *state) {
    lua_State *lua = state;
    *(coven_packet **)lua_touserdata(lua, 2) = packet;
    lua_pushvalue(lua, 1);
    lua_pushvalue(lua, 2);
    if (lua_pcall(lua, 1, 1, 0)) {
        fprintf(stderr, "%s\n", lua_tostring(lua, -1));
        return lua_pop(lua, 1), COVEN_DROP;
    }
    lua_Integer verdict = lua_isnil(lua, -1) ? COVEN_FORWARD : lua_tointeger(lua, -1);
    return lua_pop(lua, 1), (coven_verdict)verdict;
}

static int run(lua_State *lua) {
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    lua_newuserdatauv(lua, sizeof(coven_packet *), 0);
    luaL_setmetatable(lua, "packet");
    int status = coven_run(decide, lua);
    return status ? exit(status), 0 : 0;
}

static void method_table(lua_State *lua, const char *name, const luaL_Reg *methods) {
    luaL_newmetatable(lua, name);
    luaL_setfuncs(lua, methods, 0);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
}

static void open_coven(lua_State *lua) {
    static const luaL_Reg packet[] = {{"u8", get_u8}, {"context", context}, {"__len", length}, {0}};
    static const luaL_Reg counter[] = {{"add", add}, {0}};
    static const luaL_Reg functions[] = {{"run", run}, {"counter", new_counter}, {"to", to}, {"ended", ended}, {"sleep", sleep_ms}, {0}};
    method_table(lua, "packet", packet);
    method_table(lua, "counter", counter);
    luaL_newlib(lua, functions);
    lua_pushinteger(lua, COVEN_FORWARD), lua_setfield(lua, -2, "FORWARD");
    lua_pushinteger(lua, COVEN_DROP), lua_setfield(lua, -2, "DROP");
    lua_pushstring(lua, getenv("COVEN_NAME")), lua_setfield(lua, -2, "name");
    lua_setglobal(lua, "coven");
}

int main(int count, char **words) {
    bool check = count == 3 && !strcmp(words[1], "--check");
    if (count != 2 && !check) return fprintf(stderr, "host [--check] SCRIPT\n"), 2;
    lua_State *lua = luaL_newstate();
    signal(SIGTERM, end);
    setvbuf(stdout, NULL, _IOLBF, 0);
    luaL_openlibs(lua);
    open_coven(lua);
    if (luaL_loadfile(lua, words[count - 1]) || (!check && lua_pcall(lua, 0, 0, 0))) return fprintf(stderr, "%s\n", lua_tostring(lua, -1)), 1;
    lua_close(lua);
    return 0;
}
