/*
 * libwbxml for the bench: `wbxml decode FILE COUNT` reads a document of WBXML so many times into the library's tree and prints the microseconds
 * that one reading takes, its end included; `wbxml encode FILE COUNT` writes the tree of that document again, in the form in which omadm writes:
 * WBXML 1.2 without a string table. `wbxml write FILE` gives out what it writes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wbxml/wbxml.h>

/* The library exports these, and Debian's headers leave them out. */
typedef struct WBXMLTree_s WBXMLTree;
WBXMLError wbxml_tree_from_wbxml(WB_UTINY *wbxml, WB_ULONG length, WBXMLLanguage language, WBXMLCharsetMIBEnum charset, WBXMLTree **tree);
WBXMLError wbxml_tree_to_wbxml(WBXMLTree *tree, WB_UTINY **wbxml, WB_ULONG *length, WBXMLGenWBXMLParams *params);
void wbxml_tree_destroy(WBXMLTree *tree);

static void stop(const char *what) {
    fprintf(stderr, "wbxml: %s\n", what);
    exit(1);
}

static WB_UTINY *read_all(const char *name, WB_ULONG *length) {
    FILE *file = fopen(name, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) stop("no such file");
    long size = ftell(file);
    rewind(file);
    WB_UTINY *octets = malloc(size > 0 ? (size_t)size : 1);
    if (octets == NULL || fread(octets, 1, (size_t)size, file) != (size_t)size) stop("the file cannot be read");
    fclose(file);
    *length = (WB_ULONG)size;
    return octets;
}

static WBXMLTree *decode(WB_UTINY *octets, WB_ULONG length) {
    WBXMLTree *tree = NULL;
    WBXMLError error = wbxml_tree_from_wbxml(octets, length, WBXML_LANG_UNKNOWN, WBXML_CHARSET_UNKNOWN, &tree);
    if (error != WBXML_OK) stop((const char *)wbxml_errors_string(error));
    return tree;
}

static WB_UTINY *encode(WBXMLTree *tree, WB_ULONG *length) {
    WBXMLGenWBXMLParams params = {WBXML_VERSION_12, TRUE, FALSE, FALSE};
    WB_UTINY *octets = NULL;
    WBXMLError error = wbxml_tree_to_wbxml(tree, &octets, length, &params);
    if (error != WBXML_OK) stop((const char *)wbxml_errors_string(error));
    return octets;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void run(int encodes, WB_UTINY *octets, WB_ULONG length, WBXMLTree *tree, long count) {
    for (long at = 0; at < count; at += 1) {
        if (encodes) {
            WB_ULONG written = 0;
            free(encode(tree, &written));
        } else {
            wbxml_tree_destroy(decode(octets, length));
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 3) stop("usage: wbxml (decode | encode) FILE COUNT, or wbxml write FILE");
    WB_ULONG length = 0;
    WB_UTINY *octets = read_all(argv[2], &length);
    WBXMLTree *tree = decode(octets, length);
    if (strcmp(argv[1], "write") == 0) {
        WB_ULONG written = 0;
        WB_UTINY *out = encode(tree, &written);
        fwrite(out, 1, written, stdout);
        return 0;
    }
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    if (count < 1) stop("how often?");
    int encodes = strcmp(argv[1], "encode") == 0;
    run(encodes, octets, length, tree, 1 + count / 10);
    double start = now();
    run(encodes, octets, length, tree, count);
    printf("%f\n", (now() - start) / (double)count);
    return 0;
}
