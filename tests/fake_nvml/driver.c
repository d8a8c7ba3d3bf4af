/* A stand-in for NVIDIA's driver library: the calls that basefit makes of it, answered from a table of facts.
 *
 * $FAKE_NVML names the table: on each line a fact's name, a space, and its value, as machines.py writes them.
 * A fact of a card begins with its number, one of a slice with both numbers: "1.uuid GPU-...", "0.2.total 20096".
 * Sizes are MiB. "fails.CALL CODE", of the machine or of a card, is NVML's own number for why a call fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7 };
enum { MOST_FACTS = 512, MOST_THINGS = 64, MOST_SLICES = 7 };

typedef struct { char of[16]; } Thing; /* a card or a slice: what its facts begin with, "1." or "0.2." */
typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned pid; unsigned long long used; unsigned instance, compute_instance; } Process;

static char facts[MOST_FACTS][256];
static Thing things[MOST_THINGS];
static int known, used_things, opened;
static const Thing machine = {""};

static const char *fact(const Thing *of, const char *name) {
    char wanted[64];
    int length = snprintf(wanted, sizeof wanted, "%s%s ", of->of, name);
    for (int i = 0; i < known; i++)
        if (!strncmp(facts[i], wanted, (size_t)length)) return facts[i] + length;
    return NULL;
}

static unsigned long long number(const Thing *of, const char *name) {
    const char *value = fact(of, name);
    return value ? strtoull(value, NULL, 10) : 0;
}

static int fails(const Thing *of, const char *call) {
    char name[48];
    snprintf(name, sizeof name, "fails.%s", call);
    return opened ? (int)number(of, name) : UNINITIALIZED;
}

static int tell(const Thing *of, const char *name, char *to, unsigned room) {
    const char *value = fact(of, name);
    int code = fails(of, name);
    if (code || !value) return code ? code : NOT_SUPPORTED;
    return snprintf(to, room, "%s", value) < (int)room ? SUCCESS : TOO_SMALL;
}

static int count(const Thing *of, unsigned *to, const char *name) {
    int code = fails(of, name);
    if (code || !fact(of, name)) return code ? code : NOT_SUPPORTED;
    return *to = (unsigned)number(of, name), SUCCESS;
}

static Thing *thing(const char *of) {
    for (int i = 0; i < used_things; i++)
        if (!strcmp(things[i].of, of)) return &things[i];
    if (used_things == MOST_THINGS) return NULL;
    snprintf(things[used_things].of, sizeof things->of, "%s", of);
    return &things[used_things++];
}

static Thing *part(const Thing *of, unsigned place) {
    char name[32];
    snprintf(name, sizeof name, "%s%u.", of->of, place);
    return thing(name);
}

int nvmlInitWithFlags(unsigned flags) {
    const char *path = getenv("FAKE_NVML");
    FILE *table = path ? fopen(path, "r") : NULL;
    (void)flags;
    for (known = 0; table && known < MOST_FACTS && fgets(facts[known], sizeof *facts, table); known++)
        facts[known][strcspn(facts[known], "\n")] = 0;
    if (table) fclose(table);
    opened++;
    int code = table ? fails(&machine, "init") : 9; /* the driver is not loaded */
    if (code) opened--;
    return code;
}
int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }
int nvmlShutdown(void) { return opened ? (opened--, SUCCESS) : UNINITIALIZED; }

const char *nvmlErrorString(int code) {
    static char words[32];
    snprintf(words, sizeof words, "NVML error %d", code);
    return words;
}

int nvmlSystemGetDriverVersion(char *to, unsigned room) { return tell(&machine, "driver", to, room); }
int nvmlSystemGetCudaDriverVersion(int *to) { return count(&machine, (unsigned *)to, "cuda"); }
int nvmlDeviceGetCount_v2(unsigned *to) { return count(&machine, to, "cards"); }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, Thing **to) {
    if (index >= number(&machine, "cards")) return INVALID_ARGUMENT;
    *to = part(&machine, index);
    return fails(*to, "handle");
}
int nvmlDeviceGetHandleByUUID(const char *uuid, Thing **to) {
    for (int i = 0; i < known; i++) {
        char *named = strstr(facts[i], "uuid ");
        if (!named || strcmp(named + 5, uuid)) continue;
        char of[16];
        snprintf(of, sizeof of, "%.*s", (int)(named - facts[i]), facts[i]);
        return *to = thing(of), SUCCESS;
    }
    return NOT_FOUND;
}

int nvmlDeviceGetMigMode(Thing *card, unsigned *now, unsigned *later) {
    int code = count(card, now, "slices");
    return code ? code : (*now = *later = 1, SUCCESS);
}
int nvmlDeviceGetMaxMigDeviceCount(Thing *card, unsigned *to) { return (void)card, *to = MOST_SLICES, SUCCESS; }
int nvmlDeviceGetMigDeviceHandleByIndex(Thing *card, unsigned index, Thing **to) {
    if (index >= number(card, "slices")) return NOT_FOUND;
    return *to = part(card, index), SUCCESS;
}

int nvmlDeviceGetMemoryInfo(Thing *card, Memory *to) {
    unsigned long long total = number(card, "total") << 20, left = number(card, "free") << 20;
    int code = fails(card, "memory");
    if (code || !total) return code ? code : NOT_SUPPORTED;
    return *to = (Memory){total, left, total - left}, SUCCESS;
}
int nvmlDeviceGetName(Thing *card, char *to, unsigned room) { return tell(card, "name", to, room); }
int nvmlDeviceGetUUID(Thing *card, char *to, unsigned room) { return tell(card, "uuid", to, room); }
int nvmlDeviceGetCudaComputeCapability(Thing *card, int *major, int *minor) {
    const char *value = fact(card, "capability");
    int code = fails(card, "capability");
    if (code || !value) return code ? code : NOT_SUPPORTED;
    return sscanf(value, "%d.%d", major, minor) == 2 ? SUCCESS : NOT_SUPPORTED;
}
int nvmlDeviceGetMemoryBusWidth(Thing *card, unsigned *to) { return count(card, to, "bus_bits"); }
int nvmlDeviceGetMaxClockInfo(Thing *card, int kind, unsigned *to) {
    return count(card, to, kind == 2 ? "memory_mhz" : "clock_mhz");
}

/* "process.N PID MIB|- compute|graphics NAME"; a dash is a size that the driver does not tell. */
static int processes(Thing *card, const char *wanted, unsigned *room, Process *to) {
    unsigned found = 0;
    int code = fails(card, wanted);
    if (code) return code;
    for (int i = 0; ; i++) {
        char name[24], size[24], kind[24];
        unsigned pid;
        snprintf(name, sizeof name, "process.%d", i);
        const char *value = fact(card, name);
        if (!value || sscanf(value, "%u %23s %23s", &pid, size, kind) != 3) break;
        if (strcmp(kind, wanted)) continue;
        unsigned long long used = *size == '-' ? ~0ull : strtoull(size, NULL, 10) << 20;
        if (to && found < *room) to[found] = (Process){pid, used, ~0u, ~0u};
        found++;
    }
    code = found > *room ? TOO_SMALL : SUCCESS;
    return *room = found, code;
}
int nvmlDeviceGetComputeRunningProcesses_v3(Thing *card, unsigned *room, Process *to) {
    return processes(card, "compute", room, to);
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(Thing *card, unsigned *room, Process *to) {
    return processes(card, "graphics", room, to);
}
int nvmlSystemGetProcessName(unsigned pid, char *to, unsigned room) {
    for (int i = 0; i < known; i++) {
        unsigned one;
        int name = 0;
        char *process = strstr(facts[i], "process.");
        if (!process || sscanf(process, "process.%*d %u %*s %*s %n", &one, &name) != 1 || one != pid || !name)
            continue;
        return snprintf(to, room, "%s", process + name) < (int)room ? SUCCESS : TOO_SMALL;
    }
    return NOT_FOUND;
}
